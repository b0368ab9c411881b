import Foundation

/// The program under test, from the same build products as the tests.
public enum StravaStore {
  public static var path: String { Checkout.products.appending(path: "strava-store").path }

  /// Returns a command line of the program, which the caller can `run()` or `start()`.
  ///
  /// The environment has no MONGODB_URI and no key file unless they are given here.
  public static func command(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
    input: Command.Input = .none
  ) throws -> Command {
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw HarnessError("\(path) is missing: run the tests with `make test`, which builds it too")
    }
    return Command(path, arguments, environment: environment, directory: directory, input: input)
  }

  /// Runs the program to its end; see `Command.run`.
  public static func run(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
    input: Command.Input = .none, timeout: Duration = Patience.usual
  ) throws -> Outcome {
    try command(arguments, environment: environment, directory: directory, input: input).run(timeout: timeout)
  }

  /// Starts the program and returns at once; the caller can signal or kill it. See `Command.start`.
  public static func start(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
    input: Command.Input = .none
  ) throws -> RunningCommand {
    try command(arguments, environment: environment, directory: directory, input: input).start()
  }
}
