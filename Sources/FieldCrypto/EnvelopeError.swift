/// Why a sealed value cannot be opened. Says nothing of what is in it.
public struct EnvelopeError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// Not an envelope: fewer bytes than the shortest has.
    case tooShort = "too-short"
    /// Not an envelope of a version that is known.
    case unknownVersion = "unknown-version"
    /// Not an envelope of an algorithm that is known.
    case unknownAlgorithm = "unknown-algorithm"
    /// Sealed under a key that is not there.
    case unknownKey = "unknown-key"
    /// Sealed under a data key of another athlete's.
    case otherAthlete = "other-athlete"
    /// The tag does not fit: moved to another place, truncated or altered.
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
