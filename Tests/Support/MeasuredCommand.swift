import Foundation

extension Command {
  /// Runs the program to its end, and returns its peak memory in bytes and its processor time in seconds.
  ///
  /// Tests/Interop/measured.py starts the program and explains why.
  public func measured(timeout: Duration = Patience.usual) throws -> (outcome: Outcome, peak: Int, seconds: Double) {
    let folder = try TemporaryFolder()
    var command = self
    command.executable = try Checkout.inVenv("python")
    command.arguments =
      [Checkout.root.appending(path: "Tests/Interop/measured.py").path, folder.path("peak"), executable] + arguments
    let outcome = try command.run(timeout: timeout)
    let used = try String(decoding: folder.read("peak"), as: UTF8.self).split(separator: " ")
    guard used.count == 2, let kibibytes = Int(used[0]), let seconds = Double(used[1]) else {
      throw HarnessError("nothing was measured: \(outcome.errors)")
    }
    return (outcome, kibibytes << 10, seconds)
  }
}
