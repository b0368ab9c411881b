import Foundation

extension Command {
  /// Runs the program to its end, and tells how much memory it had at most, in bytes.
  ///
  /// Tests/Interop/measured.py starts it, and says why.
  public func measured(timeout: Duration = Patience.usual) throws -> (outcome: Outcome, peak: Int) {
    let folder = try TemporaryFolder()
    var command = self
    command.executable = try Checkout.inVenv("python")
    command.arguments =
      [Checkout.root.appending(path: "Tests/Interop/measured.py").path, folder.path("peak"), executable] + arguments
    let outcome = try command.run(timeout: timeout)
    guard let kibibytes = try Int(String(decoding: folder.read("peak"), as: UTF8.self)) else {
      throw HarnessError("no peak was measured: \(outcome.errors)")
    }
    return (outcome, kibibytes << 10)
  }
}
