import BSON
import Findings
import Foundation
import SourceText
import Support

/// The result of framing a text: every slice and finding with its position in the whole text, whatever the batches
/// were.
struct Framed: Equatable {
  struct Slice: Equatable {
    var range: Range<Int>
    var ordinal: Int
    var position: Position
    var owner: Int64?
    /// Set if the text was too long to be held in memory.
    var length: Int?
    /// The full error of its text, or nil if the text is valid.
    var error: Finding?
  }

  var slices: [Slice] = []
  var findings: [Finding] = []

  /// The valid records, as BSON.
  private(set) var documents: [BSONDocument] = []

  /// A description for the message of a failed test.
  var summary: String {
    slices.map { "\($0.range)\($0.error.map { "!\($0.message)" } ?? "")" }.joined(separator: " ")
      + findings.map { " \($0.position?.offset ?? -1): \($0.message)" }.joined()
  }

  static func == (a: Framed, b: Framed) -> Bool {
    a.slices == b.slices && a.findings == b.findings && a.documents == b.documents
  }

  init(_ source: ByteSource, _ framing: Framing) {
    var framer = RecordFramer(source, framing: framing)
    var transcoder = JSONTranscoder()
    while let batch = framer.next() {
      findings += batch.findings
      for slice in batch.slices {
        let position = slice.oversized?.position ?? batch.position(of: slice.range.lowerBound)
        let length = slice.oversized?.bytes ?? slice.range.count
        var known = Slice(
          range: position.offset..<position.offset + length, ordinal: slice.ordinal, position: position,
          owner: slice.owner, length: slice.oversized?.bytes)
        if slice.oversized == nil {
          do throws(JSONError) {
            try batch.transcode(slice, with: &transcoder)
            documents.append(BSONDocument(copying: transcoder.document.bytes))
          } catch {
            known.error = batch.finding(for: error, in: slice) { _ in .texts }
            if case .text = batch.oddity(of: slice) { known.error?.message = batch.textDescription(slice) }
          }
        }
        slices.append(known)
      }
    }
  }
}

/// A file in memory, where the system offers that, which is written again for each text.
final class FramedFile {
  private let folder: String
  private let path: String

  init() throws {
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    folder = root + "/framed-" + UUID().uuidString
    path = folder + "/text.json"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func frame(_ text: [UInt8], _ framing: Framing) throws -> Framed {
    try Data(text).write(to: URL(fileURLWithPath: path))
    var framed: Framed?
    InputSet(paths: [path]).forEachSource { _ in
    } body: { source in
      framed = Framed(source, framing)
      return false
    }
    guard let framed else { throw HarnessError("nothing was framed") }
    return framed
  }
}

extension Framing {
  /// - Parameters:
  ///   - batch: The window's size in bytes.
  ///   - whole: The length of the longest object that is held in memory without being read member by member.
  static func test(batch: Int, whole: Int = 1 << 20) -> Framing {
    var framing = Framing(
      isRecord: { $0.contains("id") },
      owner: { key, member in
        guard key == "athlete", let document = try? scan(Array(member)).get() else { return nil }
        return document["id"]?.integer.map { OwnerClaim($0, .named) }
      })
    framing.batchSize = batch
    framing.maxWhole = whole
    return framing
  }
}
