import Findings

/// Notes that are counted by their content. A million records with the same new field produce one note.
public struct NoteCounts: Sendable {
  public struct Key: Sendable, Hashable {
    public var rule: Rule
    public var kind: RecordKind
    /// The name of the field, with dots if it is inside another field; "" if the note is about the record.
    public var field: String
    /// The value, only if it is not personal data; for Extended JSON, the file.
    public var value: String?

    /// The text of the note as a sentence, without its kind.
    public var message: String {
      switch rule {
      case .unknownField: "unknown field '\(field)', kept in raw_data"
      case .unknownValue: "unknown value\(value.map { " '\($0)'" } ?? "") of '\(field)', kept"
      case .wrapperKeys: "'\(field)' is not part of a record and is not stored"
      case .onlyLocalStart: "start computed from start_date_local and utc_offset"
      case .extendedJSON: "MongoDB Extended JSON, converted to plain values; `_id` is ignored"
      case .skippedKind: "\(kind.humanName): \(kind.reasonToSkip)"
      default: "'\(field)': \(rule.guide.title.lowercasedFirst)"
      }
    }
  }

  public struct Tally: Sendable {
    public var count: Int
    /// The JSON Pointer of the first occurrence, from the root of its record.
    public var example: String
  }

  /// The maximum number of distinct notes. Further notes are counted together.
  public static let limit = 1000
  /// The maximum number of characters of names and values. Longer ones are cut.
  static let longest = 80

  public private(set) var tallies: [Key: Tally] = [:]
  /// The keys in the order of their first occurrence.
  public private(set) var keys: [Key] = []
  /// The number of notes beyond the limit.
  public private(set) var others = 0

  public init() {}

  public var isEmpty: Bool { tallies.isEmpty && others == 0 }

  public mutating func add(
    _ rule: Rule, _ kind: RecordKind, field: String = "", value: String? = nil, at pointer: String = ""
  ) {
    let key = Key(
      rule: rule, kind: kind, field: String(field.prefix(Self.longest)),
      value: value.map { String($0.prefix(Self.longest)) })
    add(key, Tally(count: 1, example: pointer))
  }

  public mutating func merge(_ more: NoteCounts) {
    for key in more.keys { if let tally = more.tallies[key] { add(key, tally) } }
    others += more.others
  }

  private mutating func add(_ key: Key, _ tally: Tally) {
    if let index = tallies.index(forKey: key) {
      tallies.values[index].count += tally.count
    } else if tallies.count < Self.limit {
      tallies[key] = tally
      keys.append(key)
    } else {
      others += tally.count
    }
  }
}

extension NoteCounts {
  /// The number of all notes.
  public var total: Int { tallies.values.reduce(others) { $0 + $1.count } }

  /// The notes in a fixed order: by rule, kind, field and value.
  public var sorted: [(key: Key, count: Int)] {
    tallies.map { ($0.key, $0.value.count) }.sorted { a, b in
      func order(_ key: Key) -> [String] { [key.rule.rawValue, key.kind.rawValue, key.field, key.value ?? ""] }
      return order(a.0).lexicographicallyPrecedes(order(b.0))
    }
  }
}

extension String {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
