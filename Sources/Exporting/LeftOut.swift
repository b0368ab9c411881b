import BSON
import StravaRecords

/// The mark of an exported `raw_data` that is not whole: its last member, `"$left_out": ["health"]`, names the classes of
/// values that were left out, or `fields` where some of its members were picked. Import refuses such a record, since
/// it would take the place of the whole one.
enum LeftOut {
  private static let key: StaticString = "$left_out"

  /// The names in a record that is marked; none in another.
  static func names(in record: BSONView) -> [String] {
    record[key]?.array?.compactMap { $0.value.text.map { String(decoding: $0, as: UTF8.self) } } ?? []
  }

  /// Marks the document that is open; nothing is written where nothing was left out.
  static func append(_ names: [String], to out: inout BSONWriter) {
    guard !names.isEmpty else { return }
    let array = out.openArray(key)
    for (index, name) in names.enumerated() { out.append(name: String(index), .string(name)) }
    out.close(array)
  }

  /// What stands for members that were not picked.
  static let fields = "fields"
}
