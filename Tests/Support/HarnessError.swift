/// The harness itself failed (as opposed to what it tests): a server that does not start, a program that is
/// missing or does not end. A test that meets one fails; none is skipped.
public struct HarnessError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
