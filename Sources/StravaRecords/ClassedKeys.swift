import BSON

/// The single rule that maps a key to the sensitivity class of its value. Import, migration, verification, export and
/// source lines in messages all use it.
///
/// The rule compares the last part of a key that is not empty (after `.` or `__`), with and without a leading
/// `athlete_`, `user_` or `map_`. It ignores the case of ASCII letters, and `_`, `-` and spaces. A part that ends like
/// the name of a credential is secret.
struct ClassedKeys: Sendable {
  static let shared = ClassedKeys()

  /// A filter that excludes most keys, so that few are looked up.
  let endings: ClassedEndings
  /// The class of each key in `RecordKeys`, by its number. Nearly all keys of real records are in `RecordKeys`.
  private let classes: [SensitivityClass?]
  /// The names of classed keys in the normalized form in which keys are compared.
  private let spelled: KeyTable
  private let spelledClasses: [SensitivityClass]

  private init() {
    let keys = SensitivityClass.allCases.flatMap { member in
      member.keys.map { (member, $0.replacing("_", with: "")) }
    }
    let pairs = keys + ArchiveColumn.classed
    let names = pairs.map(\.1)
    let (spelled, spelledClasses) = (KeyTable(names), pairs.map(\.0))
    // A key that does not end in letters is looked up in any case.
    let letters = names.filter { $0.last?.isLetter == true }
    let endings = ClassedEndings(of: letters + Spelling.secrets.map { "\($0)" } + ["data"])
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

  /// Returns the class of a key; nil if it has none.
  ///
  /// - Parameter key: the key, which must be followed by seven readable bytes.
  @inline(__always)
  func sensitivity(of key: UnsafeRawBufferPointer) -> SensitivityClass? {
    endings.mayEnd(key) ? lookedUpSensitivity(of: key) : nil
  }

  /// Returns the class of an element's value. For the `data` of a stream, the `type` in the same object may determine
  /// it.
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

  /// Keys inside the objects of detailed records and of documents.
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
    "row", "locale",
  ]
}

/// The normalized form in which keys are compared: letters and digits, with the case of letters folded.
private enum Spelling {
  private static let prefixes: [StaticString] = ["athlete", "user", "map"]
  static let secrets: [StaticString] = [
    "accesstoken", "refreshtoken", "clientsecret", "embedtoken", "idtoken", "password", "cookie", "authorization",
  ]
  /// The number of bytes that a table reads after a name.
  private static let slack = 8

  static func sensitivity(
    of key: UnsafeRawBufferPointer, _ names: KeyTable, _ classes: [SensitivityClass]
  ) -> SensitivityClass? {
    let part = lastPart(of: key)
    return withUnsafeTemporaryAllocation(byteCount: part.count + slack, alignment: 1) { copy in
      // Each bit marks an index at which the name may begin after its prefixes. A longer text is not a prefix.
      var starts: UInt64 = 1
      var start = 0
      var count = 0
      for byte in part {
        if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: " ") {
          guard count > start, count < UInt64.bitWidth else { continue }
          if prefixes.contains(where: { isEqual(copy, start..<count, $0) }) {
            start = count
            starts |= 1 << UInt64(count)
          }
        } else {
          copy[count] = 65...90 ~= byte ? byte | 0x20 : byte
          count += 1
        }
      }
      for index in count..<count + slack { copy[index] = 0 }
      if secrets.contains(where: { isEqual(copy, max(0, count - $0.utf8CodeUnitCount)..<count, $0) }) { return .secret }
      while starts != 0 {
        let start = starts.trailingZeroBitCount
        starts &= starts - 1
        guard start < count else { break }
        let name = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[start..<count])
        if let index = names.index(of: name) { return classes[index] }
      }
      return nil
    }
  }

  private static func isEqual(_ copy: UnsafeMutableRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool
  {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return range.allSatisfy { copy[$0] == text.utf8Start[$0 - range.lowerBound] }
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
