import BSON
import StravaRecords

/// An encoder for CSV (RFC 4180): a header, then a row for each document, always with the same columns.
///
/// A missing value is an empty cell, except in the only column; an empty text is `""`. A text that a spreadsheet would
/// treat as a formula gets an apostrophe before it (OWASP, "CSV Injection"). So does each part of a text that would become
/// a cell of its own if the spreadsheet divides cells at semicolons or tabs: then the quotes around the text do not count,
/// because they are inside a cell.
package struct CSVEncoder: DocumentEncoder {
  package let framing: OutputFraming
  private let columns: FlatColumns
  private let isExact: Bool
  private var row: [BSONField?] = []

  /// - Parameter isExact: True to write all texts unchanged.
  package init(_ columns: FlatColumns, hasMark: Bool, isExact: Bool = false) {
    self.columns = columns
    self.isExact = isExact
    let header = columns.columns.map(\.name).joined(separator: ",")
    framing = OutputFraming(opening: (hasMark ? "\u{FEFF}" : "") + header + "\r\n")
  }

  package mutating func append(_ document: BSONView, to out: inout ByteBuffer) -> Int {
    columns.values(of: document, into: &row)
    for index in row.indices {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      if let value = row[index] { append(value, as: columns.columns[index].type, to: &out) }
    }
    // Most readers skip an empty line.
    if row.count == 1, row[0] == nil { out.append(text: "\"\"") }
    out.append(text: "\r\n")
    return 1
  }

  private func append(_ value: BSONField, as type: BSONType, to out: inout ByteBuffer) {
    if let text = value.text {
      return isExact ? Self.append(quotedIfNeeded: text, to: &out) : Self.append(cell: text, to: &out)
    }
    if let whole = value.integer {
      return type == .double ? out.append(shortest: Double(whole)) : out.append(decimal: whole)
    }
    // All other values are written as in JSON, but without its quotes.
    var json = ByteBuffer(capacity: 64)
    json.append(json: value)
    let isQuoted = json.count >= 2 && json.bytes[0] == UInt8(ascii: "\"")
    let text = isQuoted ? UnsafeRawBufferPointer(rebasing: json.bytes[1..<(json.count - 1)]) : json.bytes
    Self.append(quotedIfNeeded: text, to: &out)
  }

  private static func append(cell text: UnsafeRawBufferPointer, to out: inout ByteBuffer) {
    let starts = formulaStarts(in: text)
    if starts.isEmpty { return append(quotedIfNeeded: text, to: &out) }
    var guarded = ByteBuffer(capacity: text.count + starts.count)
    var written = 0
    for start in starts {
      guarded.append(UnsafeRawBufferPointer(rebasing: text[written..<start]))
      guarded.append(UInt8(ascii: "'"))
      written = start
    }
    guarded.append(UnsafeRawBufferPointer(rebasing: text[written...]))
    append(quotedIfNeeded: guarded.bytes, to: &out)
  }

  /// Returns the indexes in a text where a cell with a formula could begin.
  private static func formulaStarts(in text: UnsafeRawBufferPointer) -> [Int] {
    var starts = isFormula(text) ? [0] : []
    for index in text.indices.dropLast() where separators.contains(text[index]) {
      // The line feed of a line break belongs to the carriage return before it.
      if text[index] == 0x0D, text[index + 1] == 0x0A { continue }
      // Quotes and spaces before a formula do not protect it.
      let cell = text[(index + 1)...].drop { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: " ") }
      if isFormula(UnsafeRawBufferPointer(rebasing: cell)) { starts.append(index + 1) }
    }
    return starts
  }

  /// The bytes that end a cell in some spreadsheet: `;`, a tab and line breaks.
  private static let separators: [UInt8] = [UInt8(ascii: ";"), 0x09, 0x0A, 0x0D]

  /// Returns true for a text that begins with `=`, `+`, `-`, `@`, a tab or a line break, or with one of the first four
  /// in full width.
  private static func isFormula(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first else { return false }
    switch first {
    case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0A, 0x0D: return true
    case 0xEF: return text.count >= 3 && text[1] == 0xBC && [0x8B, 0x8D, 0x9D, 0xA0].contains(text[2])
    default: return false
    }
  }

  private static func append(quotedIfNeeded text: UnsafeRawBufferPointer, to out: inout ByteBuffer) {
    let needsQuotes =
      text.isEmpty
      || text.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D }
    guard needsQuotes else { return out.append(text) }
    out.append(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") { out.append(byte) }
      out.append(byte)
    }
    out.append(UInt8(ascii: "\""))
  }
}
