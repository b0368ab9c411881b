/// The one rule for what class a key gives its value: import, migration, verification, export and shown source lines all
/// go by it.
///
/// A key is compared by its last part that is not empty (after `.` or `__`), with and without a leading `athlete_`,
/// `user_` or `map_`, ASCII case folded, without `_`, `-` and spaces. A part that ends as a credential's name does is
/// secret.
struct ClassedKeys: Sendable {
  static let shared = ClassedKeys()

  /// Keys as Strava spells them, those without a class too: nearly every key that comes is one of these.
  private let known: KeyTable
  private let classes: [SensitivityClass?]
  /// The names of classed keys in the form that spellings are compared in.
  private let spelled: KeyTable
  private let spelledClasses: [SensitivityClass]

  private init() {
    let pairs = SensitivityClass.allCases.flatMap { member in member.keys.map { (member, $0) } }
    let (spelled, spelledClasses) = (KeyTable(pairs.map { $1.replacing("_", with: "") }), pairs.map(\.0))
    let records = RecordKind.allCases.compactMap(RecordSchema.of)
    let others = Set(MarkKeys.names + records.flatMap(\.allKeys) + Self.nested).subtracting(pairs.map(\.1))
    let names = pairs.map(\.1) + others.filter { $0.utf8.count <= KeyTable.longest }.sorted()
    known = KeyTable(names)
    var classes = pairs.map { member, _ in Optional(member) }
    for name in names.dropFirst(pairs.count) {
      let key = Array(name.utf8) + [UInt8](repeating: 0, count: 8)
      classes.append(
        key.withUnsafeBytes { bytes in
          Spelling(UnsafeRawBufferPointer(rebasing: bytes.dropLast(8))).sensitivity(spelled, spelledClasses)
        })
    }
    self.classes = classes
    self.spelled = spelled
    self.spelledClasses = spelledClasses
  }

  /// - Parameter key: with seven readable bytes behind it.
  @inline(__always)
  func sensitivity(of key: UnsafeRawBufferPointer) -> SensitivityClass? {
    if let index = known.index(of: key) { return classes[index] }
    return spelledSensitivity(of: key)
  }

  @inline(never)
  private func spelledSensitivity(of key: UnsafeRawBufferPointer) -> SensitivityClass? {
    Spelling(key).sensitivity(spelled, spelledClasses)
  }

  /// Keys inside the objects of details.
  private static let nested = [
    "start_index", "end_index", "achievements", "type_id", "rank", "effort_count", "visibility", "hidden",
    "device_watts",
    "elevation_high", "elevation_low", "elevation_difference", "average_grade", "maximum_grade", "climb_category",
    "activity_type", "hazardous", "starred", "pace_zone", "split", "lap_index", "average_grade_adjusted_speed",
    "unique_id", "urls", "use_primary_photo", "primary", "nickname", "retired", "converted_distance", "media_type",
    "count", "min", "max", "time", "points", "score", "series_type", "original_size", "resolution", "moving",
    "altitude", "velocity_smooth", "grade_smooth", "cadence", "watts", "temp", "pr_activity_id", "pr_elapsed_time",
    "pr_date", "start_date", "athlete_segment_stats", "destination", "destination_url", "show_name", "source",
  ]
}

/// A key in the form that spellings are compared in.
private struct Spelling {
  /// Letters and digits with their case folded, and room behind them for a table's look-up.
  private var bytes: [UInt8] = []
  /// Where in `bytes` the name begins without its prefixes: one place for each prefix that is there, and 0.
  private var starts = [0]

  private static let prefixes = ["athlete", "user", "map"].map { Array($0.utf8) }
  private static let secrets = [
    "accesstoken", "refreshtoken", "clientsecret", "embedtoken", "idtoken", "password", "cookie", "authorization",
  ].map { Array($0.utf8) }
  private static let slack = 8

  init(_ key: UnsafeRawBufferPointer) {
    let part = Self.lastPart(of: key)
    bytes.reserveCapacity(part.count + Self.slack)
    var couldBePrefix = true
    for byte in part {
      if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: " ") {
        if couldBePrefix, Self.prefixes.contains(where: { bytes[starts[starts.count - 1]...].elementsEqual($0) }) {
          starts.append(bytes.count)
        } else {
          couldBePrefix = bytes.isEmpty
        }
      } else {
        bytes.append(65...90 ~= byte ? byte | 0x20 : byte)
      }
    }
    bytes.append(contentsOf: repeatElement(0, count: Self.slack))
  }

  /// What stands behind the last `.` or `__` that something stands behind.
  private static func lastPart(of key: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
    let (dot, line) = (UInt8(ascii: "."), UInt8(ascii: "_"))
    var end = key.count
    while end > 0 {
      if key[end - 1] == dot {
        end -= 1
      } else if end > 1, key[end - 1] == line, key[end - 2] == line {
        end -= 2
      } else {
        break
      }
    }
    var start = end
    while start > 0, key[start - 1] != dot, start < 2 || key[start - 1] != line || key[start - 2] != line { start -= 1 }
    return key[start..<end]
  }

  func sensitivity(_ names: KeyTable, _ classes: [SensitivityClass]) -> SensitivityClass? {
    let count = bytes.count - Self.slack
    let name = bytes.dropLast(Self.slack)
    if Self.secrets.contains(where: { name.suffix($0.count).elementsEqual($0) }) { return .secret }
    return bytes.withUnsafeBytes { bytes in
      for start in starts where start < count {
        if let index = names.index(of: UnsafeRawBufferPointer(rebasing: bytes[start..<count])) { return classes[index] }
      }
      return nil
    }
  }
}
