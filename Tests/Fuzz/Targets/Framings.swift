import Findings
import SourceText

/// Checks that slices are in order and inside the text, and that the members of a broken container are inside it, in
/// order. If no object is so long that it is read member by member, records and findings must not depend on the window.
func checkFraming(_ input: [UInt8]) throws {
  // The first byte chooses the length from which an object is read member by member.
  guard let choice = input.first else { return }
  let text = Array(input.dropFirst())
  // Texts that begin like a compressed file or a zip are left out: their positions would be those of other bytes.
  guard let start = text.first, ![0x1F, 0x28, 0x42, 0xFD, 0x50].contains(start) else { return }
  let isWhole = choice % 2 == 0
  let file = try MemoryFile(text)
  var first: Cut?
  for window in [1 << 16, 64, 257] {
    var framing = Framing(
      isRecord: { $0.contains("id") }, owner: { _, member in OwnerClaim(Int64(member.count), .named) })
    framing.batchSize = window
    framing.maxWhole = isWhole ? 1 << 16 : 100
    let cut = Cut(file.path, framing)
    var end = 0
    for slice in cut.slices {
      try expect(slice.range.lowerBound >= end, "two records overlap")
      end = slice.range.upperBound
    }
    try expect(end <= text.count, "a record leaves the text")
    try expect(cut.keepsInside, "a member leaves its container")
    if isWhole, let first {
      try expect(first == cut, "the window of \(window) bytes changes what comes: \(first) \(cut)")
    }
    first = cut
  }
}

/// The result of framing a file.
private struct Cut: Equatable {
  struct Slice: Equatable {
    var range: Range<Int>
    var ordinal: Int
    var owner: Int64?
  }

  var slices: [Slice] = []
  var findings: [Finding] = []
  /// True if the members of each container slice are inside it and do not overlap.
  var keepsInside = true

  init(_ path: String, _ framing: Framing) {
    var slices: [Slice] = []
    var findings: [Finding] = []
    var keepsInside = true
    InputSet(paths: [path]).forEachSource {
      findings.append($0)
    } body: { source in
      var framer = RecordFramer(source, framing: framing)
      while let batch = framer.next() {
        findings += batch.findings
        for slice in batch.slices {
          let start = slice.oversized?.position ?? batch.position(of: slice.range.lowerBound)
          let count = slice.oversized?.bytes ?? slice.range.count
          slices.append(Slice(range: start.offset..<start.offset + count, ordinal: slice.ordinal, owner: slice.owner))
          var end = start.offset
          for members in batch.members(of: slice, framing: framing) ?? [] {
            for member in members.slices where member.oversized == nil {
              let start = members.offset(of: member)
              keepsInside = keepsInside && start >= end && member.ordinal == slice.ordinal
              end = start + members.text(member).count
            }
          }
          keepsInside = keepsInside && end <= start.offset + count
        }
      }
      return true
    }
    self.slices = slices
    self.keepsInside = keepsInside
    self.findings = findings.map {
      var finding = $0
      finding.file = nil
      return finding
    }
  }
}
