import StravaRecords

/// The facts about a record's keys, in bits, that the worker needs before it reads any of the values: a tag of
/// `RecordKeys` and a mark of its own.
enum KeyMark {
  /// The record is a sealed reject.
  static let reject: UInt32 = 1 << 8

  /// Some value may be Extended JSON.
  static let extended: UInt32 = 1 << 9

  static func of(_ key: UnsafeRawBufferPointer) -> UInt32 {
    if key.elementsEqual("strava_store_reject".utf8) { return reject }
    if ExtendedRecords.isMark(key) { return extended }
    return RecordKeys.tag(of: key)
  }
}
