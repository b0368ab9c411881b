import Findings

/// The rows of a table from which the records of a batch were made, so that findings show the position in the table.
struct TableRows: Sendable {
  /// A row by the start of its record in the batch.
  struct Row: Sendable {
    let record: Int
    /// The bytes of the row.
    let range: Range<Int>
    let position: Position
  }

  /// The names of the columns.
  let names: [String]
  /// The rows in the order of their records.
  let rows: [Row]
  let text: TextBuffer

  /// Adds the position of a cell and its text to a finding, or the position of the row if its pointer names no cell.
  ///
  /// - Parameters:
  ///   - start: the start of the record in the batch.
  ///   - mask: returns what is hidden of the cell of a column; nil for a finding without a source line.
  func locate(_ finding: inout Finding, at start: Int, mask: ((String) -> KeyMask)?) {
    guard let row = row(at: start) else { return }
    finding.position = row.position
    guard let step = finding.pointer?.split(separator: "/").last,
      let column = names.firstIndex(where: { JSONPath.component($0) == step })
    else { return }
    var reader = CSVReader(text: text.bytes(row.range), at: row.position)
    guard reader.next(), reader.cells.indices.contains(column) else { return }
    finding.position = reader.position(of: reader.cells[column])
    guard let mask else { return }
    let cell = reader.text(column)
    // Whatever the column, only numbers and dates in digits are shown: the cells may be shifted.
    let isPlain = cell.utf8.allSatisfy { $0 &- 48 <= 9 || " +-.,:/eE".utf8.contains($0) }
    if case .texts = mask(names[column]), isPlain {
      finding.snippet = Snippet.ofCell(names[column], cell)
    } else {
      finding.snippet = Snippet.ofCell(names[column], nil)
    }
  }

  private func row(at start: Int) -> Row? {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].record < start { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low].record == start ? rows[low] : nil
  }
}
