import BSON
import Findings
import Foundation
import SeededRandom
import SourceText
import Testing

/// Records do not depend on how much of the text is in memory, no text is lost, and damage affects only the records
/// near it.
struct FramingFuzzTests {
  /// The ways in which records are wrapped. `whole` is small where the framer must read an object member by member.
  enum Wrapping: CaseIterable {
    case object, lines, concatenated, pretty, array, prettyArray, arrayLines, spacedArray, arrays, envelopes, keyed
    case container, prettyContainer

    var isContainer: Bool { self == .container || self == .prettyContainer }
    var whole: Int { isContainer ? 600 : 1 << 16 }
    var holdsOne: Bool { self == .object }
    /// True if each record has its own slice.
    var givesEach: Bool { self != .keyed && self != .envelopes }
  }

  /// A wrapped text and the ranges of its records.
  struct Sample {
    var text: [UInt8] = []
    var records: [Range<Int>] = []

    mutating func add(_ text: String) { self.text += Array(text.utf8) }

    mutating func add(record: String) {
      let start = text.count
      add(record)
      records.append(start..<text.count)
    }
  }

  @Test(arguments: Wrapping.allCases)
  func wellFormedInputGivesItsRecordsWhateverTheWindow(wrapping: Wrapping) throws {
    let file = try FramedFile()
    var random = Seeded(7)
    for _ in 0..<60 {
      let sample = random.sample(wrapping)
      let framed = try sameForAllWindows(sample.text, wrapping, file)
      #expect(framed.findings.allSatisfy { $0.rule == .wrapperKeys })
      #expect(framed.slices.allSatisfy { $0.error == nil })
      #expect(framed.slices.map(\.ordinal) == Array(1...framed.slices.count))
      if wrapping.isContainer {
        #expect(framed.slices.map(\.range).filter(sample.records.contains) == sample.records)
        #expect(framed.slices.allSatisfy { sample.records.contains($0.range) == ($0.owner == 900_000_001) })
      } else {
        #expect(framed.slices.map(\.range) == sample.records)
        #expect(framed.slices.allSatisfy { $0.owner == nil })
      }
      for slice in framed.slices {
        // Another reader finds one whole object there.
        let data = Data(sample.text[slice.range])
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: data) }
        #expect(slice.position == position(slice.range.lowerBound, in: sample.text))
      }
    }
  }

  @Test(arguments: Wrapping.allCases.filter { !$0.isContainer })
  func damageIsReportedAndStaysWhereItIs(wrapping: Wrapping) throws {
    let file = try FramedFile()
    var random = Seeded(11)
    var lost: [String] = []
    for _ in 0..<250 {
      var sample = random.sample(wrapping)
      let at = random.below(sample.text.count)
      let old = sample.text[at]
      sample.text[at] = random.damage()
      if sample.text[at] == old { continue }
      let framed = try sameForAllWindows(sample.text, wrapping, file)
      checkNothingIsLost(sample.text, framed, wrapping)
      // Records before the damage, and those two or more after it, are delivered.
      let hit = sample.records.firstIndex { $0.contains(at) }
      let delivered = Set(framed.slices.filter { $0.error == nil }.map(\.range))
      guard let hit, !wrapping.holdsOne else { continue }
      for (index, record) in sample.records.enumerated() where index < hit || index > hit + 1 {
        if !delivered.contains(record) {
          lost.append("record \(index), damage in \(hit): \(String(decoding: sample.text, as: UTF8.self))")
          break
        }
      }
    }
    // Some damage looks like a record that continues, such as a missing line break between two lines.
    #expect(lost.count <= 250 / 10, "\(lost.count) inputs lost records, the first: \(lost.first ?? "")")
  }

  /// Text beyond the window is read again. If it were reported each time, the report would never end.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      #"{"count":1,{"id":7,"text":"\#(String(repeating: "x", count: 2000))"},"done":true}"#,
      #"{"count":1 "\#(String(repeating: "k", count: 300))":{"id":7,"text":"\#(String(repeating: "x", count: 900))"}}"#,
    ])
  func damageInALargeObjectIsReportedOnce(text: String) throws {
    let framed = try sameForAllWindows(Array(text.utf8), .container, FramedFile())
    #expect(framed.findings.count { $0.severity == .error } == 1)
    #expect(framed.documents.map { $0["id"]?.integer } == [7])
  }

  private func sameForAllWindows(_ text: [UInt8], _ wrapping: Wrapping, _ file: FramedFile) throws -> Framed {
    let framed = try file.frame(text, .test(batch: 1 << 16, whole: wrapping.whole))
    for size in [64, 101, 257, 1000, 4096] {
      let other = try file.frame(text, .test(batch: size, whole: wrapping.whole))
      let isSame = other == framed
      #expect(
        isSame, "window of \(size): \(framed.summary)\n\(other.summary)\n\(String(decoding: text, as: UTF8.self))")
    }
    return framed
  }

  /// Text that is in no slice is white space, punctuation of the wrapper, or has a finding.
  private func checkNothingIsLost(_ text: [UInt8], _ framed: Framed, _ wrapping: Wrapping) {
    var covered = [Bool](repeating: false, count: text.count)
    for slice in framed.slices { for i in slice.range { covered[i] = true } }
    var end = 0
    for slice in framed.slices {
      #expect(slice.range.lowerBound >= end)
      end = slice.range.upperBound
    }
    let reported = Set(framed.findings.compactMap(\.position?.offset))
    if framed.findings.contains(where: { $0.rule == .notJSON }) { return }
    let frame = Set(" \t\r\n[],".utf8)
    let first = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let outside = (first..<text.count).filter { !covered[$0] && !frame.contains(text[$0]) }
    // The fixtures check the positions of findings. Here it only matters that all text is accounted for.
    #expect(
      outside.isEmpty || !reported.isEmpty || framed.slices.contains { $0.error != nil } || !wrapping.givesEach,
      "\(outside.count) bytes are gone: \(String(decoding: text, as: UTF8.self))")
  }

  private func position(_ offset: Int, in text: [UInt8]) -> Position {
    let before = text[..<offset]
    let line = before.split(separator: 0x0A, omittingEmptySubsequences: false)
    return Position(
      line: line.count, column: String(decoding: line.last ?? [], as: UTF8.self).unicodeScalars.count + 1,
      offset: offset)
  }
}

extension Seeded {
  /// Returns a byte that frames, ends a string, or has no meaning.
  fileprivate mutating func damage() -> UInt8 {
    let bytes = Array("{}[]\",:\\ \n0x-".utf8) + [0x00, 0xFF]
    return bytes[below(bytes.count)]
  }

  fileprivate mutating func record(_ id: Int, pretty: Bool) -> String {
    let texts = ["Run", "é€😀", "a \\\"b\\\" {", "}] ,", "\\\\", "", "line\\nbreak"]
    var members = ["\"id\":\(id)", "\"name\":\"\(texts[below(texts.count)])\""]
    if below(2) == 0 { members.append("\"latlng\":[\(below(90)).5,-\(below(90))]") }
    if below(2) == 0 { members.append("\"map\":{\"id\":\"a\(id)\",\"line\":\"\(texts[below(texts.count)])\"}") }
    if below(3) == 0 { members.append("\"laps\":[{\"lap\":1,\"x\":[]},{\"lap\":2}]") }
    if below(8) == 0 { members.append("\"text\":\"\(String(repeating: "long ", count: below(60)))\"") }
    guard pretty else { return "{" + members.joined(separator: ",") + "}" }
    return "{\n    " + members.joined(separator: ",\n    ") + "\n  }"
  }

  fileprivate mutating func sample(_ wrapping: FramingFuzzTests.Wrapping) -> FramingFuzzTests.Sample {
    var sample = FramingFuzzTests.Sample()
    let count = wrapping.holdsOne ? 1 : 4 + below(8)
    let newline = below(3) == 0 ? "\r\n" : "\n"
    if below(8) == 0 { sample.text = [0xEF, 0xBB, 0xBF] }
    func each(_ separator: String, _ body: (inout FramingFuzzTests.Sample, Int) -> Void) {
      for i in 0..<count {
        if i > 0 { sample.add(separator) }
        body(&sample, 90_000_000_000 + i)
      }
    }
    var random = self
    defer { _ = next() }
    func plain(_ s: inout FramingFuzzTests.Sample, _ id: Int) { s.add(record: random.record(id, pretty: false)) }
    func pretty(_ s: inout FramingFuzzTests.Sample, _ id: Int) { s.add(record: random.record(id, pretty: true)) }
    switch wrapping {
    case .object: each("", plain)
    case .lines: each(newline, plain)
    case .concatenated: each("", plain)
    case .pretty:
      each(newline) { s, id in
        s.add(record: random.record(id, pretty: true).replacing("\n  ", with: "\n"))
      }
    case .array:
      sample.add("[")
      each(",", plain)
      sample.add("]")
    case .spacedArray:
      sample.add("[")
      each(", ", plain)
      sample.add("]")
    case .arrayLines:
      sample.add("[" + newline)
      each("," + newline, plain)
      sample.add(newline + "]" + newline)
    case .prettyArray:
      sample.add("[" + newline + "  ")
      each("," + newline + "  ", pretty)
      sample.add(newline + "]")
    case .arrays:
      sample.add("[[],[")
      each("],[", plain)
      sample.add("]]")
    case .envelopes:
      each(newline) { s, id in
        s.add(record: "{\"stream\":\"activities\",\"data\":\(random.record(id, pretty: false)),\"emitted_at\":\(id)}")
      }
    case .keyed:
      var all = FramingFuzzTests.Sample()
      for i in 0..<count {
        if i > 0 { all.add(",") }
        all.add("\"\(i)\":\(random.record(i, pretty: false))")
      }
      sample.add(record: "{" + String(decoding: all.text, as: UTF8.self) + "}")
    case .container, .prettyContainer:
      let space = wrapping == .container ? "" : newline + "  "
      sample.add(
        "{\(space)\"count\":\(count),\(space)\"athlete\":{\"id\":900000001},\(space)\"done\":true,\(space)\"activities\":[\(space)"
      )
      each("," + space, wrapping == .container ? plain : pretty)
      // The object is long enough to be treated as a container.
      while sample.text.count < 700 {
        sample.add("," + space)
        plain(&sample, sample.text.count)
      }
      sample.add("\(space)],\(space)\"none\":null\(newline)}")
    }
    return sample
  }
}
