/// The settings by which text is cut into records.
public struct Framing: Sendable {
  /// The number of bytes of text in a batch.
  public var batchSize = 1 << 19
  /// The maximum number of bytes in the text of one record. A longer record is reported with its position and length.
  public var maxRecord = 32 << 20
  /// The number of bytes beyond which an object is treated as a container and read member by member, unless `isRecord`
  /// returns true for it.
  public var maxWhole = 16 << 20
  /// The maximum number of nested arrays and containers that are followed.
  public var maxNesting = 98
  /// Returns whether an object with these scalar members is one record, however long it is.
  public var isRecord: @Sendable (_ scalarMembers: [String]) -> Bool
  /// Returns how many more of the framer's own findings are shown. The others are only counted.
  public var remainingFindings: @Sendable () -> Int = { .max }
  /// Returns what a member of a container says about the owner of the records after it.
  public var owner: @Sendable (_ key: String, _ member: UnsafeRawBufferPointer) -> OwnerClaim?

  public init(
    isRecord: @escaping @Sendable (_ scalarMembers: [String]) -> Bool = { _ in false },
    owner: @escaping @Sendable (_ key: String, _ member: UnsafeRawBufferPointer) -> OwnerClaim? = { _, _ in nil }
  ) {
    self.isRecord = isRecord
    self.owner = owner
  }

  /// Returns whether a text, as far as it is known, is an object that contains records, but is not a record.
  func isContainer(_ text: UnsafeRawBufferPointer) -> Bool {
    text.first == UInt8(ascii: "{") && !isRecord(JSONPath(text).scalarMembers())
  }
}

/// A claim by a member of a container that an athlete owns the records.
public struct OwnerClaim: Sendable {
  public enum Strength: Int, Comparable, Sendable {
    /// The member is an athlete, but nothing says that the records are theirs.
    case inferred
    /// The member is the athlete's id.
    case id
    /// The member is the athlete.
    case named
    /// The member is the id of the athlete whose event the container is.
    case event

    public static func < (a: Strength, b: Strength) -> Bool { a.rawValue < b.rawValue }
  }

  public let athlete: Int64
  public let strength: Strength
  /// The lists of keys that support the claim. It is valid as soon as the container has contained a plain value under a
  /// key of each list.
  let evidence: [[String]]

  public init(_ athlete: Int64, _ strength: Strength, evidence: [[String]] = []) {
    self.athlete = athlete
    self.strength = strength
    self.evidence = evidence
  }

  /// Returns whether each list of evidence contains one of the keys.
  func isShown(by keys: [String]) -> Bool { evidence.allSatisfy { !$0.allSatisfy { !keys.contains($0) } } }
}
