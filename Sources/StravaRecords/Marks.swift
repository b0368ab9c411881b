import BSON

/// The marks of an object. One pass over its members collects them. A second pass examines the values, which complete
/// activities do not need.
struct Marks {
  private(set) var set = MarkSet.none
  /// The value of `resource_state`.
  private(set) var claim: BSONField?

  @inline(__always)
  init(of record: RecordMembers) {
    let keys = MarkKeys.shared
    for (element, key) in record where key < keys.count {
      set.formUnion(keys.marks(of: key, element.value))
      if key == MarkKeys.claim { claim = element.value }
    }
  }

  /// Strava's `resource_state` as a number, even if a program saved it as text.
  var claimedState: Double? { claim?.number ?? claim?.text.flatMap(StravaID.digits).map(Double.init) }

  // MARK: Values

  /// Adds the marks that values show, and those that all members together show.
  mutating func lookInside(_ record: RecordMembers) {
    let keys = MarkKeys.shared
    var seen = Members()
    for (element, key) in record {
      seen.count += 1
      if key > 0, key < keys.count {
        for look in keys.looks[key] where look.body(element.value) { set.insert(look.mark) }
      }
      seen.add(element, key)
    }
    if set.count(of: Evidence.five) >= 4 { set.insert(.fourOfFive) }
    if seen.references == seen.count { set.insert(.onlyReference) }
    if seen.messages == seen.count { set.insert(.onlyMessage) }
    if seen.names == seen.count { set.insert(.onlyName) }
    if seen.areStreams { set.insert(.streams) }
    if let type = seen.type?.text, ProtocolLine.isOne(record.object, type) { set.insert(.protocolLine) }
  }

  /// Counts of members of the whole object.
  private struct Members {
    var count = 0
    var references = 0
    var messages = 0
    var names = 0
    var streamArrays = 0
    var streams = 0
    /// The number of members that may accompany streams because they name the owner.
    var owners = 0
    var type: BSONField?
    var hasData = false
    var hasStreamPart = false

    mutating func add(_ element: BSONElement, _ key: Int) {
      if key == MarkKeys.claim { names += 1 }
      guard let meaning = MarkKeys.shared.meaning(of: key) else {
        guard let inner = element.value.document else { return }
        if inner.isStream { streams += 1 } else if inner.isReference { owners += 1 }
        return
      }
      switch meaning {
      case .reference:
        references += 1
        owners += 1
      case .owner: owners += 1
      case .message: messages += 1
      case .name: names += 1
      case .stream:
        if element.value.is(.array) { streamArrays += 1 }
        if element.value.document?.isStream == true { streams += 1 }
      case .type: type = element.value
      case .data: hasData = element.value.is(.array)
      case .streamPart: hasStreamPart = true
      }
    }

    var areStreams: Bool {
      if streamArrays >= 2 { return true }
      if hasData, let name = type?.text, hasStreamPart || MarkKeys.isStreamName(name) { return true }
      return streams > 0 && streams + owners == count
    }
  }
}

extension BSONView {
  fileprivate var isStream: Bool {
    guard self["data"]?.is(.array) == true else { return false }
    return self["original_size"] != nil || self["series_type"] != nil || self["resolution"] != nil
  }
}

/// The keys that show marks. They are the first of `RecordKeys`.
struct MarkKeys: Sendable {
  static let shared = MarkKeys()
  /// The number of `resource_state`.
  static let claim = 1

  /// The meaning of a key for an object as a whole.
  enum Meaning { case reference, owner, message, name, stream, type, data, streamPart }

  /// The names in the order of their numbers in `RecordKeys`.
  static let names: [String] = {
    var names = ["resource_state"]
    let all = Mark.allCases.map(\.definition).flatMap { $0.keys + $0.lookedAt } + means.map(\.0)
    var seen = Set(names)
    for name in all where seen.insert(name).inserted { names.append(name) }
    return names
  }()

  private static let means: [(String, Meaning)] =
    ["id", "id_str", "resource_state", "visibility"].map { ($0, .reference) }
    + ["activity_id", "athlete_id"].map { ($0, .owner) } + ["message", "errors"].map { ($0, .message) }
    + ["firstname", "lastname", "membership", "member", "admin", "owner"].map { ($0, .name) }
    + [
      "time", "distance", "latlng", "altitude", "velocity_smooth", "heartrate", "cadence", "watts", "temp", "moving",
      "grade_smooth",
    ].map { ($0, .stream) } + [("type", .type), ("data", .data)]
    + ["original_size", "series_type", "resolution"].map { ($0, .streamPart) }

  /// The number of keys plus one. Every smaller number is that of one of these keys, or of the unknown key.
  let count: Int
  /// The marks for each number and each shape of a value.
  private let marks: [MarkSet]
  /// The marks that require examining the value, for each number.
  let looks: [[(mark: Mark, body: MarkDefinition.Look)]]
  private let meanings: [Meaning?]

  private init() {
    precondition(Mark.allCases.count <= MarkSet.most, "a set has a bit for each mark")
    count = Self.names.count + 1
    let numbers = Dictionary(uniqueKeysWithValues: Self.names.enumerated().map { ($1, $0 + 1) })
    var marks = Array(repeating: MarkSet.none, count: count * ValueShape.count)
    var looks = Array(repeating: [(mark: Mark, body: MarkDefinition.Look)](), count: count)
    for mark in Mark.allCases {
      let definition = mark.definition
      for number in definition.keys.compactMap({ numbers[$0] }) {
        for shape in ValueShape.allCases where definition.shapes.contains(shape) {
          marks[number * ValueShape.count + Int(shape.rawValue)].insert(mark)
        }
      }
      guard let look = definition.look else { continue }
      for number in definition.lookedAt.compactMap({ numbers[$0] }) { looks[number].append((mark, look)) }
    }
    self.marks = marks
    self.looks = looks
    var meanings = Array(repeating: Meaning?.none, count: count)
    for (name, meaning) in Self.means { meanings[numbers[name] ?? 0] = meaning }
    self.meanings = meanings
  }

  func meaning(of key: Int) -> Meaning? { key < count ? meanings[key] : nil }

  /// Returns the keys with a meaning, for the documentation.
  static func inWords(_ meaning: Meaning) -> String {
    means.filter { $0.1 == meaning }.map { "`\($0.0)`" }.joined(separator: ", ")
  }

  @inline(__always)
  func marks(of key: Int, _ value: BSONField) -> MarkSet {
    marks[key &* ValueShape.count &+ Int(ValueShape(value).rawValue)]
  }

  static func isStreamName(_ name: UnsafeRawBufferPointer) -> Bool {
    shared.meaning(of: RecordKeys.shared.number(of: name)) == .stream
  }
}

/// A message of a synchronization protocol (Singer, Airbyte) that contains no record.
enum ProtocolLine {
  private static let types: [(type: String, member: String)] = [
    ("SCHEMA", "schema"), ("STATE", "value"), ("STATE", "state"), ("LOG", "log"), ("TRACE", "trace"),
    ("ACTIVATE_VERSION", "version"), ("SPEC", "spec"), ("CATALOG", "catalog"), ("CONTROL", "control"),
    ("CONNECTION_STATUS", "connectionStatus"),
  ]

  static var inWords: String {
    var names: [String] = []
    for line in types where !names.contains("`\(line.type)`") { names.append("`\(line.type)`") }
    return names.joined(separator: ", ")
  }

  static func isOne(_ object: BSONView, _ type: UnsafeRawBufferPointer) -> Bool {
    types.contains { line in
      type.elementsEqual(line.type.utf8) && object.contains { $0.key.elementsEqual(line.member.utf8) }
    }
  }
}
