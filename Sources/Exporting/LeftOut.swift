import BSON
import StravaRecords

/// The mark of an exported `raw_data` that is incomplete. Its last member, `"$left_out": ["health"]`, names the classes
/// of values that were left out, or `fields` if only some members were selected. Import refuses such a record, since it
/// would replace the complete one.
enum LeftOut {
  private static let key: StaticString = "$left_out"

  /// Returns the names in a marked record, and none for another record.
  static func names(in record: BSONView) -> [String] {
    record[key]?.array?.compactMap { $0.value.text.map { String(decoding: $0, as: UTF8.self) } } ?? []
  }

  /// Marks the current document; nothing is written if nothing was left out.
  static func append(_ names: [String], to out: inout BSONWriter) {
    guard !names.isEmpty else { return }
    let array = out.beginArray(key)
    for (index, name) in names.enumerated() { out.append(name: String(index), .string(name)) }
    out.end(array)
  }

  /// The name that represents members that were not selected.
  static let fields = "fields"
}
