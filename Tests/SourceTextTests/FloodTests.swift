import BSON
import Findings
import Foundation
import SourceText
import Testing

/// Texts with something to report about every other byte. No finding and no position is lost, and the time grows with
/// the length of the text, not with its square.
@Suite struct FloodTests {
  /// Each text repeats something that does not end or is invalid.
  @Test(arguments: [
    #"{"id":1,"#, #"{"id":1}{"id"#, "{\"id\":1\r\n", #"{"a":"# + "\"\n", #"[{"id":"#, "{} {]", #"{"id":"\q"}"#, "{}\n",
    #"{"a":{"b":""#,
    #""{"#, "{\"a\":[\n ", "0,",
  ])
  func aFloodOfIt(piece: String) throws {
    let text = Array(String(repeating: piece, count: (1 << 18) / piece.utf8.count).utf8)
    let framed = try FramedFile().frame(text, .test(batch: 1 << 20, whole: 16 << 20))
    #expect(!framed.slices.isEmpty)
    var end = 0
    for slice in framed.slices {
      #expect(slice.range.lowerBound >= end)
      end = slice.range.upperBound
    }
    #expect(end > text.count - 2 * piece.utf8.count)
  }

  /// Returns keys of eight bytes that would have equal hashes if the hash were the same in every process.
  @Test func anObjectOfKeysWithOneHash() throws {
    var inverse: UInt64 = 1
    for _ in 0..<6 { inverse = inverse &* (2 &- inverse &* 0xFF51_AFD7_ED55_8CCD) }
    var text = "{"
    var keys = 0
    var high: UInt64 = 0
    while keys < 100_000 {
      high += 1
      let word = ((high << 32 | high ^ 0x5555_5555) &* inverse) ^ (8 &* 0x9E37_79B9_7F4A_7C15)
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: word >> (UInt64($0) * 8)) }
      guard bytes.allSatisfy({ 1...0x7F ~= $0 }) else { continue }
      keys += 1
      text += keys > 1 ? ",\"" : "\""
      for byte in bytes { text += "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      text += "\":0"
    }
    let bytes = Array((text + "}").utf8)
    let document = try scan(bytes).get()
    #expect(document.elements.count == keys)
  }

  @Test func linesAndColumnsOfManyPlaces() throws {
    // Two-byte scalars cover the marks, in lines of many lengths.
    let line = (0..<700).map { String(repeating: "é", count: $0 % 50) + ($0 % 7 == 0 ? "\n" : " ") }.joined()
    let text = Array(line.utf8)
    let batch = text.withUnsafeBytes { RecordBatch(file: "f", ordinal: 1, text: $0) }
    for offset in stride(from: text.count, through: 0, by: -97) {
      let before = String(decoding: text[..<offset], as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      // Half of a scalar already counts as one.
      #expect(batch.position(of: offset).line == before.count)
      #expect(batch.position(of: offset).column == (before.last?.unicodeScalars.count ?? 0) + 1)
    }
  }

  /// Looks members up in the order of the text, in the opposite order, and with members that do not exist.
  @Test func valuesOfAWrapperWithManyRecords() throws {
    let count = 20_000
    var text = #"{"email":"a@b.c","all":["#
    var starts: [Int] = []
    for n in 0..<count {
      text += n > 0 ? ", " : ""
      starts.append(text.utf8.count)
      text += #"{"id":\#(n),"x":{"y":1}}"#
    }
    text += "]}"
    let batch = Array(text.utf8).withUnsafeBytes { RecordBatch(file: "f", ordinal: 1, text: $0) }
    let slice = try #require(batch.slices.first)
    for n in 0..<count {
      for (pointer, inside) in [("/x/y", #"{"id":\#(n),"x":{"y":"#.utf8.count), ("/id", 6), ("/none", 0), ("", 0)] {
        let finding = Finding(.wrongType, "", pointer: "/all/\(n)\(pointer)")
        let located = batch.located(finding, in: slice) { $0 == "email" ? .everything : .texts }
        #expect(located.position?.offset == starts[n] + inside)
      }
    }
    for n in [count - 1, 7, 0, count / 2] {
      let located = batch.located(Finding(.wrongType, "", pointer: "/all/\(n)/id"), in: slice)
      #expect(located.position?.offset == starts[n] + 6)
    }
    let first = Finding(.wrongType, "", pointer: "/all/0/id")
    let last = batch.located(first, in: slice) { $0 == "email" ? .everything : .texts }
    #expect(last.snippet?.hasPrefix(#"{"email":…,"all":[{"id":0"#) == true)
  }
}
