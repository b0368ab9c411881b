import Foundation

/// The program under test, as it was built beside the tests.
public enum StravaStore {
  public static var path: String { Checkout.products.appending(path: "strava-store").path }

  /// A command line of the program; `run()` or `start()` it.
  ///
  /// The environment holds no MONGODB_URI and no key file unless given here.
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

  /// Starts the program and returns at once, to be signalled or killed; see `Command.start`.
  public static func start(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
    input: Command.Input = .none
  ) throws -> RunningCommand {
    try command(arguments, environment: environment, directory: directory, input: input).start()
  }
}
