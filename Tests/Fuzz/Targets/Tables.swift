import BSON
import Findings
import SourceText
import StravaRecords

/// A table is the same wherever it comes from, and a sound one is what a plain reader makes of it. The rows as records
/// have the texts of the cells, and an archive's rows are read to the end.
func checkTable(_ input: [UInt8]) throws {
  // What compressed files, zips and JSON begin with: the text would be another one.
  guard let start = input.first, ![0x1F, 0x28, 0x42, 0xFD, 0x50].contains(start) else { return }
  let rows = input.withUnsafeBytes { text in
    var reader = CSVReader(text: text, isRowStart: beginsRow)
    return TableRow.all(&reader)
  }
  let file = try MemoryFile(input)
  var other: [TableRow] = []
  var records: [[String: String]?] = []
  InputSet(paths: [file.path]).forEachSource { _ in
  } body: { source in
    var reader = CSVReader(source, isRowStart: beginsRow)
    other = TableRow.all(&reader)
    return true
  }
  try expect(rows == other, "a table from a file differs: \(rows) \(other)")
  var end = 0
  for row in rows {
    try expect(row.offset >= end, "two rows overlap")
    end = row.offset + row.length
    try expect(end <= input.count, "a row leaves the text")
  }
  if rows.allSatisfy({ $0.fault == nil }), String(validating: input, as: UTF8.self) != nil {
    let plain = PlainTable.rows(input)
    try expect(rows.map(\.texts) == plain, "another table: \(rows.map(\.texts)) \(plain)")
  }
  let names = rows.first.map { $0.texts.indices.map { "c\($0)" } } ?? []
  InputSet(paths: [file.path]).forEachSource { _ in
  } body: { source in
    records = tableRecords(source, names)
    return true
  }
  guard rows.allSatisfy({ $0.fault == nil && $0.texts.count == names.count }) else { return }
  let wanted = rows.dropFirst().map { row in
    Dictionary(uniqueKeysWithValues: zip(names, row.texts).filter { !$0.1.isEmpty })
  }
  try expect(records == wanted, "the records have other cells: \(records) \(wanted)")
  try checkArchive(input)
}

private func beginsRow(_ line: UnsafeRawBufferPointer) -> Bool {
  let id = line.prefix { $0 &- 48 <= 9 }.count
  return id > 0 && id < line.count && line[id] == UInt8(ascii: ",")
}

/// The records that a framer makes of the rows after the first; nil for a row that it rejects.
private func tableRecords(_ source: ByteSource, _ names: [String]) -> [[String: String]?] {
  var reader = CSVReader(source, isRowStart: beginsRow)
  guard reader.next() else { return [] }
  var framer = RowFramer(
    reader, file: "table", form: RowForm(names: names, cells: "cells", members: ["locale": "x"]), owner: 1)
  var transcoder = JSONTranscoder()
  var records: [[String: String]?] = []
  while let batch = framer.next() {
    for slice in batch.slices {
      if case .badRow = batch.oddity(of: slice) {
        records.append(nil)
        continue
      }
      do throws(JSONError) {
        try batch.transcode(slice, with: &transcoder)
      } catch {
        records.append(["not JSON": error.message])
        continue
      }
      var cells: [String: String] = [:]
      for cell in transcoder.document["cells"]?.document ?? transcoder.document {
        cells[cell.keyText] = cell.value.text.map { String(decoding: $0, as: UTF8.self) } ?? "not a text"
      }
      records.append(cells)
    }
  }
  return records
}

/// Reads a text as an archive's table, if it is one.
private func checkArchive(_ input: [UInt8]) throws {
  try input.withUnsafeBytes { text in
    var reader = CSVReader(text: text)
    guard reader.next(), let header = ArchiveHeader(reader.texts) else { return }
    try expect(Set(header.names).count == header.names.count, "two columns have one name")
    var records = RecordReader()
    while reader.next() {
      let texts = reader.texts
      guard texts.count == header.names.count else { continue }
      let record = BSONDocument { record in
        let cells = record.begin("export_row")
        for (name, text) in zip(header.names, texts) where !text.isEmpty { record.append(name: name, .string(text)) }
        record.end(cells)
        record.append("locale", header.language)
      }
      try record.withView { view in
        let detected = RecordKind.detect(view)
        try expect(detected.kind == .exportRow, "a row is of another kind")
        let reading = records.read(view, detected)
        try expect(reading.model != nil || reading.isRejected, "a row without a model and without an error")
        var fields = BSONWriter()
        reading.model?.appendStoredFields(to: &fields)
      }
    }
  }
}

private struct TableRow: Equatable {
  let texts: [String]
  let fault: CSVFault?
  let offset: Int
  let length: Int

  static func all(_ reader: inout CSVReader) -> [TableRow] {
    var rows: [TableRow] = []
    while reader.next() {
      rows.append(
        TableRow(
          texts: reader.texts, fault: reader.fault?.fault, offset: reader.position.offset, length: reader.row.count))
    }
    return rows
  }
}

/// A reader of sound tables that reads character by character.
private enum PlainTable {
  static func rows(_ input: [UInt8]) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell: [UInt8] = []
    var (isQuoted, wasQuoted) = (false, false)
    var at = input.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    func text() -> String { String(decoding: cell, as: UTF8.self) }
    func endRow() {
      row.append(text())
      // A line without any character is not a row.
      if row.count > 1 || !cell.isEmpty || wasQuoted { rows.append(row) }
      (row, cell, wasQuoted) = ([], [], false)
    }
    while at < input.count {
      let byte = input[at]
      at += 1
      if isQuoted {
        guard byte == UInt8(ascii: "\"") else {
          cell.append(byte)
          continue
        }
        if at < input.count, input[at] == byte {
          cell.append(byte)
          at += 1
        } else {
          isQuoted = false
        }
      } else if byte == UInt8(ascii: "\""), cell.isEmpty, !wasQuoted {
        (isQuoted, wasQuoted) = (true, true)
      } else if byte == UInt8(ascii: ",") {
        row.append(text())
        (cell, wasQuoted) = ([], false)
      } else if byte == 0x0A {
        if cell.last == 0x0D, input[at - 2] == 0x0D { cell.removeLast() }
        endRow()
      } else {
        cell.append(byte)
      }
    }
    if !cell.isEmpty || !row.isEmpty || wasQuoted { endRow() }
    return rows
  }
}

/// A date of the archive becomes one of the API's form, whatever its language, and a day that exists is that day.
func checkArchiveDate(_ input: [UInt8]) throws {
  let languages = ["en", "de", "fr", "es-419", "nl", "ru", "ja", "zh-CN", "it", "en-2018", "xx"]
  guard let choice = input.first, let text = String(validating: input.dropFirst(), as: UTF8.self) else { return }
  guard let date = ArchiveDate(text, language: languages[Int(choice) % languages.count]) else { return }
  let isWhole = date.text.wholeMatch(of: /\d{4}-(\d\d)-\d\d[T]\d\d:\d\d:\d\dZ/) != nil
  try expect(isWhole, "a date in another form: \(date.text)")
  try expect(text.contains { $0.isNumber }, "a date without a number")
  var bytes = Array(date.text.utf8)
  bytes += [0, 0, 0, 0, 0, 0, 0, 0]
  let read = bytes.withUnsafeBytes { StravaDate(UnsafeRawBufferPointer(rebasing: $0[..<20])) }
  if let read { try expect(read.hadZone, "a date without a zone") }
}
