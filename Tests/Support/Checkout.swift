import Foundation

/// The paths of the checkout that the tests were built from.
public enum Checkout {
  /// The folder with Package.swift.
  public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder of the build products, including the test bundle.
  public static let products: URL = {
    let bundle = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: bundle ?? CommandLine.arguments[0]).deletingLastPathComponent()
  }()

  /// Returns the path of a program in the Python environment, such as `python`.
  /// - Throws: `HarnessError` if the environment does not exist.
  public static func inVenv(_ program: String) throws -> String {
    let path = root.appending(path: ".venv/bin/\(program)").path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw HarnessError("\(path) is missing: run the tests with `make test`, or run scripts/setup first")
    }
    return path
  }
}
