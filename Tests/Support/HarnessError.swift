/// An error of the harness, not of what it tests: a server does not start, or a program is missing or does not end.
/// Such a test fails; none is skipped.
public struct HarnessError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
