import BSON

/// The one rule for what class a key gives its value: import, migration, verification, export and shown source lines all
/// go by it.
///
/// A key is compared by its last part that is not empty (after `.` or `__`), with and without a leading `athlete_`,
/// `user_` or `map_`, ASCII case folded, without `_`, `-` and spaces. A part that ends as a credential's name does is
/// secret.
struct ClassedKeys: Sendable {
  static let shared = ClassedKeys()

  /// Rules out most keys, so that few are looked up.
  let endings: ClassedEndings
  /// For each number among `RecordKeys`, which has nearly every key that comes.
  private let classes: [SensitivityClass?]
  /// The names of classed keys in the form that spellings are compared in.
  private let spelled: KeyTable
  private let spelledClasses: [SensitivityClass]

  private init() {
    let pairs = SensitivityClass.allCases.flatMap { member in member.keys.map { (member, $0) } }
    let names = pairs.map { $1.replacing("_", with: "") }
    let (spelled, spelledClasses) = (KeyTable(names), pairs.map(\.0))
    let endings = ClassedEndings(of: names + Spelling.secrets.map { "\($0)" } + ["data"])
    classes =
      [nil]
      + RecordKeys.shared.names.map { name in
        var name = name
        return name.withUTF8 { utf8 in
          let key = UnsafeRawBufferPointer(utf8)
          return endings.mayEnd(key) ? Spelling.sensitivity(of: key, spelled, spelledClasses) : nil
        }
      }
    self.endings = endings
    self.spelled = spelled
    self.spelledClasses = spelledClasses
  }

  /// - Parameter key: with seven readable bytes behind it.
  @inline(__always)
  func sensitivity(of key: UnsafeRawBufferPointer) -> SensitivityClass? {
    endings.mayEnd(key) ? lookedUpSensitivity(of: key) : nil
  }

  /// The class of an element's value. What the `data` of a stream is, the `type` beside it may tell.
  @inline(__always)
  func sensitivity(of element: BSONElement, in object: BSONView) -> SensitivityClass? {
    endings.mayEnd(element.key) ? lookedUpSensitivity(of: element, in: object) : nil
  }

  @inline(never)
  private func lookedUpSensitivity(of element: BSONElement, in object: BSONView) -> SensitivityClass? {
    if element.hasKey("data"), let found = object["type"]?.text.flatMap(sensitivity) { return found }
    return lookedUpSensitivity(of: element.key)
  }

  private func lookedUpSensitivity(of key: UnsafeRawBufferPointer) -> SensitivityClass? {
    let number = RecordKeys.shared.number(of: key)
    return number == RecordKeys.unknown ? spelledSensitivity(of: key) : classes[number]
  }

  @inline(never)
  private func spelledSensitivity(of key: UnsafeRawBufferPointer) -> SensitivityClass? {
    Spelling.sensitivity(of: key, spelled, spelledClasses)
  }

  /// Keys inside the objects of details, and of documents.
  static let nested = [
    "start_index", "end_index", "achievements", "type_id", "rank", "effort_count", "visibility", "hidden",
    "device_watts",
    "elevation_high", "elevation_low", "elevation_difference", "average_grade", "maximum_grade", "climb_category",
    "activity_type", "hazardous", "starred", "pace_zone", "split", "lap_index", "average_grade_adjusted_speed",
    "unique_id", "urls", "use_primary_photo", "primary", "nickname", "retired", "converted_distance", "media_type",
    "count", "min", "max", "time", "points", "score", "series_type", "original_size", "resolution", "moving",
    "altitude", "velocity_smooth", "grade_smooth", "cadence", "watts", "temp", "pr_activity_id", "pr_elapsed_time",
    "pr_date", "start_date", "athlete_segment_stats", "destination", "destination_url", "show_name", "source",
    "_id", "user_id", "strava_id", "strava_activity_id", "athlete_updated_at", "username_hash", "email_hash",
    "access_token_hash", "token_expires_at", "age", "milestones", "last_activity_sync", "schema_version", "raw_data",
    "origin", "file", "record", "digest", "run", "imported_at", "as_of", "also", "seen_at", "stub", "token", "athlete",
  ]
}

/// The form that spellings are compared in: letters and digits with their case folded.
private enum Spelling {
  private static let prefixes: [StaticString] = ["athlete", "user", "map"]
  static let secrets: [StaticString] = [
    "accesstoken", "refreshtoken", "clientsecret", "embedtoken", "idtoken", "password", "cookie", "authorization",
  ]
  /// Bytes that a table reads behind a name.
  private static let slack = 8

  static func sensitivity(
    of key: UnsafeRawBufferPointer, _ names: KeyTable, _ classes: [SensitivityClass]
  ) -> SensitivityClass? {
    let part = lastPart(of: key)
    return withUnsafeTemporaryAllocation(byteCount: part.count + slack, alignment: 1) { room in
      // Where the name begins without its prefixes, one bit each; a longer text is not a prefix.
      var starts: UInt64 = 1
      var start = 0
      var count = 0
      for byte in part {
        if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: " ") {
          guard count > start, count < UInt64.bitWidth else { continue }
          if prefixes.contains(where: { isEqual(room, start..<count, $0) }) {
            start = count
            starts |= 1 << UInt64(count)
          }
        } else {
          room[count] = 65...90 ~= byte ? byte | 0x20 : byte
          count += 1
        }
      }
      for place in count..<count + slack { room[place] = 0 }
      if secrets.contains(where: { isEqual(room, max(0, count - $0.utf8CodeUnitCount)..<count, $0) }) { return .secret }
      while starts != 0 {
        let start = starts.trailingZeroBitCount
        starts &= starts - 1
        guard start < count else { break }
        let name = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[start..<count])
        if let index = names.index(of: name) { return classes[index] }
      }
      return nil
    }
  }

  private static func isEqual(_ room: UnsafeMutableRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool
  {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return range.allSatisfy { room[$0] == text.utf8Start[$0 - range.lowerBound] }
  }

  /// Returns the part after the last `.` or `__` that is not at the end.
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
}
