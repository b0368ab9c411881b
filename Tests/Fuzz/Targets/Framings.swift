import Findings
import SourceText

/// Slices are in order, and inside the text; where no object is so long that it is read member by member, records and
/// findings do not depend on the window. What a broken container is opened for is inside it, in order.
func checkFraming(_ input: [UInt8]) throws {
  // The first byte chooses how long an object may be before it is read member by member.
  guard let choice = input.first else { return }
  let text = Array(input.dropFirst())
  // What compressed files and zips begin with: places would be those of other bytes.
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

/// What the framer made of a file.
private struct Cut: Equatable {
  struct Slice: Equatable {
    var range: Range<Int>
    var ordinal: Int
    var owner: Int64?
  }

  var slices: [Slice] = []
  var findings: [Finding] = []
  /// True where the members of each slice that is a container lie inside it, one behind the other.
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
          let place = slice.oversized?.position ?? batch.position(of: slice.range.lowerBound)
          let count = slice.oversized?.bytes ?? slice.range.count
          slices.append(Slice(range: place.offset..<place.offset + count, ordinal: slice.ordinal, owner: slice.owner))
          var end = place.offset
          for members in batch.members(of: slice, framing: framing) ?? [] {
            for member in members.slices where member.oversized == nil {
              let start = members.offset(of: member)
              keepsInside = keepsInside && start >= end && member.ordinal == slice.ordinal
              end = start + members.text(member).count
            }
          }
          keepsInside = keepsInside && end <= place.offset + count
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
