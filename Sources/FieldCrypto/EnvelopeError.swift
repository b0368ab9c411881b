/// Why a sealed value cannot be opened. Says nothing of what is in it.
public struct EnvelopeError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    case tooShort = "too-short"
    case unknownVersion = "unknown-version"
    case unknownAlgorithm = "unknown-algorithm"
    case wrongKey = "wrong-key"
    case doesNotOpen = "does-not-open"
  }

  public let code: Code
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
