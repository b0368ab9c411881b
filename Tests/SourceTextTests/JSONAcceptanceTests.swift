import BSON
import Findings
import Foundation
import SourceText
import Testing

/// Text that is JSON by RFC 8259 is read; other text is refused with its position. JSON that cannot be kept exactly is
/// refused as well.
struct JSONAcceptanceTests {
  /// The texts are members of one object, so that the text before and after the value differs.
  private static let surroundings = [("{\"v\":", "}"), ("{\"v\":[0,", "],\"w\":1}"), (" {\n\t\"v\" :\r\n", " \n} ")]

  @Test(arguments: JSONCases.validValues)
  func aValidValueIsRead(value: String) throws {
    for (before, behind) in Self.surroundings {
      let text = Array((before + value + behind).utf8)
      let document = try scan(text).get()
      #expect(document["v"] != nil)
      for follower in followers { #expect(scan(text, behind: follower) == .success(document)) }
    }
  }

  /// Foundation's reader shares no code with the program. It keeps neither the order nor long numbers, so only strings
  /// are compared with it. `ExactNumberTests` compares numbers.
  @Test(arguments: JSONCases.validValues.filter { $0.hasPrefix("\"") })
  func aStringIsTheOneThatAnotherReaderSees(value: String) throws {
    let other = try JSONSerialization.jsonObject(with: Data("[\(value)]".utf8)) as? [String]
    let expected = try #require(other?.first)
    let read = try #require(try scan("{\"v\":\(value)}").get()["v"]?.string)
    #expect(Array(read.utf8) == Array(expected.utf8))
  }

  @Test(arguments: JSONCases.validSpace)
  func whiteSpaceMayStandBetweenAllTokens(written: String) throws {
    let space = written.replacing(".", with: " ").replacing("t", with: "\t").replacing("n", with: "\n")
      .replacing("r", with: "\r")
    let text = "_{_\"a\"_:_[_1_,_true_,_{_}_,_[_]_]_,_\"b\"_:_null_,_\"c\"_:_-1.5e1_}_".replacing("_", with: space)
    let plain = "{\"a\":[1,true,{},[]],\"b\":null,\"c\":-1.5e1}"
    #expect(try scan(text).get() == scan(plain).get())
  }

  @Test(arguments: [0x0B, 0x0C, 0x08, 0x00, 0x01, 0x1F, 0x7F, 0x85, 0xA0, 0xFF] as [UInt8])
  func nothingElseIsWhiteSpace(byte: UInt8) {
    for (before, behind) in [
      ("", "{}"), ("{}", ""), ("{", "}"), ("{\"a\"", ":1}"), ("{\"a\":", "1}"), ("{\"a\":1", "}"),
    ] {
      let text = Array(before.utf8) + [byte] + Array(behind.utf8)
      #expect(scan(text).error?.rule == .syntax)
      #expect(scan(text).error?.offset == before.utf8.count)
    }
  }

  @Test(arguments: JSONCases.invalidValues)
  func anInvalidValueIsRefusedAtItsFirstWrongByte(value: String) throws {
    for (before, behind) in Self.surroundings {
      let marked = try #require(Marked(value, before: before, behind: behind))
      for follower in followers + [[]] {
        let error = scan(marked.text, behind: follower).error
        #expect(error?.rule == .syntax)
        #expect(error?.offset == marked.offset)
      }
    }
  }

  @Test(arguments: JSONCases.refusedValues)
  func aValueThatCannotBeKeptIsRefusedWithItsRule(line: String) throws {
    let parts = line.split(separator: " ", maxSplits: 1)
    for (before, behind) in Self.surroundings {
      let marked = try #require(Marked(String(parts[1]), before: before, behind: behind))
      let error = scan(marked.text).error
      #expect(error.map { "\($0.rule)" } == String(parts[0]))
      #expect(error?.offset == marked.offset)
    }
  }

  @Test(arguments: JSONCases.truncated)
  func aTextThatIsCutOffIsRefusedAtItsEnd(text: String) {
    for follower in followers + [[]] {
      let error = scan(Array(text.utf8), behind: follower).error
      #expect(error?.rule == .truncated)
      #expect(error?.offset == text.utf8.count)
    }
  }

  /// The result does not get the capacity either.
  @Test(arguments: [("{\"a\":[1", ",1"), ("{\"a\":[[]", ",[]"), ("{\"a\":1", ",\"b\":1"), ("{\"a\":{\"b\":[", "1,")])
  func whatGoesOnBehindACutOffTextIsNotRead(text: String, more: String) {
    let error = scan(Array(text.utf8), behind: Array(String(repeating: more, count: 100_000).utf8)).error
    #expect(error?.rule == .truncated)
    #expect(error?.offset == text.utf8.count)
  }

  @Test(arguments: JSONCases.trailing)
  func nothingFollowsTheObject(text: String) throws {
    let marked = try #require(Marked(text))
    let error = scan(marked.text).error
    #expect(error?.rule == .syntax)
    #expect(error?.offset == marked.offset)
  }

  @Test(arguments: ["", " ", "[]", "[{}]", "1", "\"a\"", "null", "true", "}", ",", "\u{FEFF}{}"])
  func aRecordIsAnObject(text: String) {
    #expect(scan(text).error?.rule == .syntax)
  }

  @Test func everyControlCharacterInAStringMustBeEscaped() throws {
    for byte in UInt8(0)..<0x20 {
      for before in ["{\"v\":\"", "{\"v\":\"1234567", "{\"v\":\"é", "{\"v\":\"\\n", "{\"", "{\"a\":1,\"12345678"] {
        let text = Array(before.utf8) + [byte] + Array("\":0}".utf8)
        #expect(scan(text).error?.rule == .syntax)
        #expect(scan(text).error?.offset == before.utf8.count)
      }
    }
    let kept = "{\"v\":\"\u{7F}\u{80}\u{2028}\u{2029}\u{FFFF}\"}"
    #expect(try scan(kept).get()["v"]?.string == "\u{7F}\u{80}\u{2028}\u{2029}\u{FFFF}")
  }

  /// The byte of each sequence that is invalid by table 3-7 of the Unicode standard.
  @Test(
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC3, 0xC3], [0xE0, 0x80, 0x80],
      [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF],
      [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xE9, 0x20], [0xFC, 0xA1, 0xA1],
    ] as [[UInt8]])
  func whatIsNotUTF8IsRefused(bytes: [UInt8]) {
    for before in ["", "a", "1234567", "é", "\\n", "12345678😀"] {
      for (open, close) in [("{\"v\":\"", "\"}"), ("{\"", "\":1}"), ("{\"v\":\"", "é\"}")] {
        let head = Array((open + before).utf8)
        let error = scan(head + bytes + Array(close.utf8)).error
        #expect(error?.rule == .invalidUTF8)
        #expect(error?.offset == head.count)
      }
    }
  }

  @Test func nestingIsReadAsDeepAsAWrapperMayGoAndRefusedBeyond() throws {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      func nested(_ levels: Int) -> String {
        // The outermost object counts as a level.
        "{\"v\":" + String(repeating: open, count: levels - 1) + "1" + String(repeating: close, count: levels - 1) + "}"
      }
      for levels in [1, 2, 97, 98, 99, 106] {
        let text = Array(nested(levels).utf8)
        var transcoder = JSONTranscoder()
        try transcoder.transcode((text + [UInt8](repeating: 0, count: 32)).span, from: 0, to: text.count)
        #expect(transcoder.depth == levels)
      }
      for levels in [107, 108, 200, 10_000] {
        let error = scan(nested(levels)).error
        #expect(error?.rule == .tooDeep)
        // This is the first level beyond what one record may have.
        #expect(error?.offset == 5 + open.utf8.count * (JSONTranscoder.maxRecordDepth - 1))
      }
    }
    #expect(JSONTranscoder.maxRecordDepth == 98)
    #expect(scan("{\"v\":" + String(repeating: "[", count: 1_000_000)).error?.rule == .tooDeep)
  }

  @Test func keysAreHeldAgainstAllOthersOfTheirObjectHoweverManyThereAre() throws {
    let names = (0..<1000).map { "\"key \($0)\"" }
    let objects = names.map { "\($0):{\(names[0]):1,\(names[999]):[{\(names[1]):2}]}" }
    _ = try scan("{\(objects.joined(separator: ","))}").get()
    for repeated in [0, 1, 126, 127, 128, 129, 500, 999] {
      let text = "{\(objects.joined(separator: ",")),\(names[repeated]):0}"
      let error = scan(text).error
      #expect(error?.rule == .duplicateKey)
      #expect(error?.offset == text.utf8.count - names[repeated].utf8.count - 3)
    }
  }

  @Test func thereAreEnoughCases() {
    let all = [
      JSONCases.validValues, JSONCases.invalidValues, JSONCases.refusedValues, JSONCases.truncated,
      JSONCases.trailing, JSONCases.validSpace,
    ]
    #expect(all.joined().count >= 400)
    #expect(all.allSatisfy { Set($0).count == $0.count })
  }
}
