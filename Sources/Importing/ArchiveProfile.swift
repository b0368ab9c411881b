import Findings
import SourceText
import StravaRecords

/// What an account archive says about the athlete: the tables beside `activities.csv`, as one record.
struct ArchiveProfile {
  let batch: RecordBatch
  private(set) var findings: [Finding] = []

  /// - Returns: Nil if there is no such table.
  init?(_ source: ByteSource, owner: Int64) {
    var tables: [String] = []
    for name in ["profile", "bikes", "shoes"] {
      guard let text = source.companion(name + ".csv") else { continue }
      let file = Self.file(name + ".csv", beside: source.name)
      let rows = Self.rows(of: text, file, &findings)
      // An athlete has one profile.
      let value = name == "profile" ? rows.first : "[" + rows.joined(separator: ",") + "]"
      if let value { tables.append(RowForm.quoted(name) + ":" + value) }
    }
    guard !tables.isEmpty else { return nil }
    let record = "{\"export_profile\":{" + tables.joined(separator: ",") + "},\"athlete_id\":\(owner)}"
    let file = Self.file("profile.csv", beside: source.name)
    batch = Array(record.utf8).withUnsafeBytes { RecordBatch(file: file, ordinal: 1, owner: owner, text: $0) }
  }

  /// Returns the name of another file in the folder of a file.
  private static func file(_ name: String, beside other: String) -> String {
    other.lastIndex(of: "/").map { other[...$0] + name } ?? name
  }

  /// Returns the rows of a table as JSON objects of the cells with content, by the labels of their columns.
  private static func rows(of text: [UInt8], _ file: String, _ findings: inout [Finding]) -> [String] {
    text.withUnsafeBytes { text in
      var reader = CSVReader(text: text)
      guard reader.next() else { return [] }
      var labels: [String] = []
      for label in reader.texts { labels.append(ArchiveHeader.distinctName(label) { labels.contains($0) }) }
      var rows: [String] = []
      while reader.next() {
        guard reader.fault == nil, reader.cells.count == labels.count else {
          let message = "the row does not have one cell for each column of the header; it is not stored"
          findings.append(Finding(.badRow, message, file: file, position: reader.position))
          continue
        }
        let cells = zip(labels, reader.texts).filter { !$0.1.isEmpty }
        rows.append("{" + cells.map { RowForm.quoted($0) + ":" + RowForm.quoted($1) }.joined(separator: ",") + "}")
      }
      return rows
    }
  }
}
