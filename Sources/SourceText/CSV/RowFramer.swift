import BSON
import Findings

/// The form of the records that a `RowFramer` makes of rows: an object with the cells of the row under the names of
/// their columns, and with the language of the table.
public struct RowForm: Sendable {
  /// The names of the columns.
  public let names: [String]
  /// The JSON text before the members of a row, and after them.
  let opening: [UInt8]
  let closing: [UInt8]
  /// The JSON text before the text of a cell, by the number of the column. It begins with a comma.
  let keys: [[UInt8]]

  /// - Parameters:
  ///   - names: the names of the columns, which are distinct.
  ///   - cells: the key of the object of cells.
  ///   - members: the other members of the record, with their texts.
  public init(names: [String], cells: String, members: KeyValuePairs<String, String>) {
    self.names = names
    opening = Self.json("{", cells, ":{")
    closing = Array("}".utf8) + members.flatMap { Self.json(",", $0, ":") + Self.json("", $1, "") } + Array("}".utf8)
    keys = names.map { Self.json(",", $0, ":\"") }
  }

  private static func json(_ before: String, _ text: String, _ after: String) -> [UInt8] {
    var out = ByteBuffer(capacity: 256)
    out.append(text: before)
    out.append(text: "\"")
    Array(text.utf8).withUnsafeBytes { out.append(jsonContent: $0, hasDoubledQuotes: false) }
    out.append(text: "\"")
    out.append(text: after)
    return Array(out.bytes)
  }
}

/// A framer that makes JSON records of the rows of a table, in batches. Cells without content are left out.
///
/// A row with another number of cells than the header, or with another fault, is a slice with a finding. It costs only
/// itself.
public struct RowFramer: ~Copyable {
  /// The number of bytes of text in a batch.
  private static let batchSize = 1 << 19

  private var reader: CSVReader
  private let file: String
  private let form: RowForm
  private let owner: Int64
  private var ordinal = 0

  /// - Parameters:
  ///   - reader: a reader that has read the header row.
  ///   - owner: the athlete who owns the records.
  public init(_ reader: consuming CSVReader, file: String, form: RowForm, owner: Int64) {
    self.reader = reader
    self.file = file
    self.form = form
    self.owner = owner
  }

  /// Returns the next rows; nil at the end of the input.
  public mutating func next() -> RecordBatch? {
    var json = ByteBuffer(capacity: Self.batchSize + Self.batchSize / 4)
    var text = ByteBuffer(capacity: Self.batchSize / 2)
    var slices: [RecordSlice] = []
    var rows: [TableRows.Row] = []
    var oddities: [(start: Int, oddity: SliceOddity)] = []
    while json.count < Self.batchSize, text.count < Self.batchSize, reader.next() {
      ordinal += 1
      let position = reader.position
      if reader.fault == nil, reader.cells.count != form.names.count {
        let finding = Finding(
          .badRow, "the row has \(reader.cells.count) cells, but the header has \(form.names.count)", file: file,
          position: position, record: ordinal, pointer: "")
        oddities.append((json.count, .badRow(finding)))
        // If a quote is missing, the row contains the following ones.
        reader.endAtNextRow()
      } else if let (fault, cell) = reader.fault {
        oddities.append((json.count, .badRow(finding(fault, cell, position))))
      }
      let (start, textStart) = (json.count, text.count)
      text.append(reader.row)
      if oddities.last?.start == start { json.append(reader.row) } else { appendRecord(to: &json) }
      rows.append(TableRows.Row(record: start, range: textStart..<text.count, position: position))
      slices.append(RecordSlice(range: start..<json.count, ordinal: ordinal, owner: owner))
      // Slices never begin at the same place, even if a row is empty.
      json.append(UInt8(ascii: "\n"))
    }
    guard !slices.isEmpty else { return nil }
    return RecordBatch(
      file: file, slices: slices, findings: [], oddities: oddities, buffer: TextBuffer(copying: json.bytes),
      count: json.count, base: .start,
      rows: TableRows(names: form.names, rows: rows, text: TextBuffer(copying: text.bytes)))
  }

  private func appendRecord(to json: inout ByteBuffer) {
    form.opening.withUnsafeBytes { json.append($0) }
    var isFirst = true
    for (index, cell) in reader.cells.enumerated() where !cell.isEmpty {
      form.keys[index].withUnsafeBytes { json.append(isFirst ? UnsafeRawBufferPointer(rebasing: $0.dropFirst()) : $0) }
      isFirst = false
      json.append(jsonContent: reader.bytes(cell), hasDoubledQuotes: cell.hasQuotes)
      json.append(UInt8(ascii: "\""))
    }
    form.closing.withUnsafeBytes { json.append($0) }
  }

  private mutating func finding(_ fault: CSVFault, _ cell: Int, _ position: Position) -> Finding {
    let message =
      switch fault {
      case .strayQuote:
        "a quote in a cell that does not begin with one; such a cell is quoted, and its quotes are doubled"
      case .textAfterQuote: "text after the closing quote of a cell"
      case .unclosedQuote: "the quote at the beginning of a cell is not closed"
      case .tooLong: "the row is longer than \(CSVReader.longestRow) bytes; a quote is probably not closed"
      case .notUTF8: "the row is not UTF-8"
      }
    let place = reader.cells.indices.contains(cell) ? reader.position(of: reader.cells[cell]) : position
    return Finding(.badRow, message, file: file, position: place, record: ordinal, pointer: "")
  }
}

extension ByteBuffer {
  /// Appends a text as the content of a JSON string.
  ///
  /// - Parameter hasDoubledQuotes: whether each quote in the text is doubled.
  fileprivate mutating func append(jsonContent text: UnsafeRawBufferPointer, hasDoubledQuotes: Bool) {
    reserve(text.count)
    var clean = 0
    var at = 0
    while at < text.count {
      let byte = text[at]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
        at += 1
        continue
      }
      append(UnsafeRawBufferPointer(rebasing: text[clean..<at]))
      append(text: Self.escape(byte))
      at += hasDoubledQuotes && byte == UInt8(ascii: "\"") ? 2 : 1
      clean = min(at, text.count)
    }
    append(UnsafeRawBufferPointer(rebasing: text[clean...]))
  }

  private static func escape(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): return "\\\""
    case UInt8(ascii: "\\"): return "\\\\"
    case 0x09: return "\\t"
    case 0x0A: return "\\n"
    case 0x0D: return "\\r"
    default:
      let digits = String(byte, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
}
