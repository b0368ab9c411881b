/// The reason why a sealed value cannot be decrypted. It contains nothing of the value.
public struct EnvelopeError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The value is not an envelope: it has fewer bytes than the shortest envelope.
    case tooShort = "too-short"
    /// The value is not an envelope of a known version.
    case unknownVersion = "unknown-version"
    /// The value is not an envelope of a known algorithm.
    case unknownAlgorithm = "unknown-algorithm"
    /// The value is sealed under a key that does not exist.
    case unknownKey = "unknown-key"
    /// The value is sealed under a data key of another athlete.
    case otherAthlete = "other-athlete"
    /// The tag does not match: the value was moved to another path, truncated or altered.
    case notAuthentic = "not-authentic"
  }

  public let code: Code
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
