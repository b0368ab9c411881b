/// How text is cut into records.
public struct Framing: Sendable {
  /// Bytes of text that make a batch.
  public var batchSize = 1 << 19
  /// Text of one record at most, in bytes; a longer one is a finding with its place and length.
  public var maxRecord = 32 << 20
  /// An object longer than this is taken for a container and read member by member, unless `isRecord` says otherwise.
  public var maxWhole = 16 << 20
  /// Arrays inside arrays (and containers) that are followed.
  public var maxNesting = 98
  /// Whether an object with these scalar members is one record, however long it is.
  public var isRecord: @Sendable (_ scalarMembers: [String]) -> Bool
  /// How many more findings of the framer's own are shown; the others are only counted.
  public var room: @Sendable () -> Int = { .max }
  /// What a member of a container says of whose the records behind it are.
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

/// An athlete that a member of a container names.
public struct OwnerClaim: Sendable {
  public enum Strength: Int, Comparable, Sendable {
    /// It is an athlete; nothing says that the records are theirs.
    case inferred
    /// The athlete's id.
    case id
    /// The athlete.
    case named
    /// The id of the athlete whose event the container is.
    case event

    public static func < (a: Strength, b: Strength) -> Bool { a.rawValue < b.rawValue }
  }

  public let athlete: Int64
  public let strength: Strength
  /// The claim holds once the container has shown a plain value under a key of each of these lists.
  let evidence: [[String]]

  public init(_ athlete: Int64, _ strength: Strength, evidence: [[String]] = []) {
    self.athlete = athlete
    self.strength = strength
    self.evidence = evidence
  }

  func isShown(by keys: [String]) -> Bool { evidence.allSatisfy { !$0.allSatisfy { !keys.contains($0) } } }
}
