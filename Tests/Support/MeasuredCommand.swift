import Foundation

extension Command {
  /// Runs the program to its end, and tells how much memory it had at most, in bytes.
  ///
  /// Python starts it: the system counts the memory of who starts a process among the process's own, and the tests are
  /// large.
  public func measured(timeout: Duration = .seconds(120)) throws -> (outcome: Outcome, peak: Int) {
    let folder = try TemporaryFolder()
    let program = """
      import resource, subprocess, sys
      ended = subprocess.run(sys.argv[2:]).returncode
      with open(sys.argv[1], "w") as out: out.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
      sys.exit(ended if ended >= 0 else 128 - ended)
      """
    var command = self
    command.executable = try Checkout.inVenv("python")
    command.arguments = ["-c", program, folder.path("peak"), executable] + arguments
    let outcome = try command.run(timeout: timeout)
    guard let kibibytes = try Int(String(decoding: folder.read("peak"), as: UTF8.self)) else {
      throw HarnessError("no peak was measured: \(outcome.errors)")
    }
    return (outcome, kibibytes << 10)
  }
}
