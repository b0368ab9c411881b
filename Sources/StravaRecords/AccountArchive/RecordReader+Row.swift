import BSON
import Findings

extension RecordReader {
  /// Reads a row of `activities.csv` as the activity that it describes, with `resource_state` 1.
  ///
  /// - Parameter record: an object with the cells in `export_row` and the language in `locale`.
  mutating func readRow(_ record: BSONView, _ rules: RuleSettings) -> Reading {
    guard let cells = record["export_row"]?.document, let locale = record["locale"]?.text else {
      let message = "expected an object of cells in export_row, and the name of a language in locale"
      return Reading(model: nil, findings: [Finding(.wrongType, message, pointer: "")])
    }
    var activity = BSONWriter(capacity: 1 << 11)
    let start = activity.begin()
    let row = ArchiveRow(cells, language: String(decoding: locale, as: UTF8.self), to: &activity)
    activity.end(start)
    var reading = readMembers(
      BSONView(activity.out.base), Detected(.activity, rank: 1), outline: nil, as: .exportRow, rules)
    let reported = Set(row.findings.compactMap(\.pointer))
    let ofFields = reading.findings.compactMap { finding -> Finding? in
      var finding = finding
      let column = "/" + row.column(of: String((finding.pointer ?? "").dropFirst())).pointerStep
      // The cell is there, but its text could not be read.
      if finding.rule == .missing, reported.contains(column) { return nil }
      finding.pointer = column
      return finding
    }
    reading.findings = (row.findings + ofFields).map { finding in
      var finding = finding
      finding.pointer = "/export_row" + (finding.pointer ?? "")
      return finding
    }
    if reading.isRejected { reading.model = nil }
    reading.unknownMembers = []
    return reading
  }
}

extension ArchiveRow {
  /// Returns the number of cells with content in a row.
  ///
  /// - Parameter record: an object with the cells in `export_row`.
  static func filledCells(of record: BSONView) -> Int32 {
    guard let cells = record["export_row"]?.document else { return 0 }
    return Int32(clamping: cells.reduce(0) { $0 + ($1.value.isBlank ? 0 : 1) })
  }
}
