import BSON
import SourceText
import Testing

/// The transcoder's result for a text: the document or the error. Its outline has all members of the document.
func scan(_ text: [UInt8], behind: [UInt8] = []) -> Result<BSONDocument, JSONError> {
  var padded = text + behind
  padded += Array(repeating: 0, count: 64)
  var transcoder = JSONTranscoder { UInt32($0.count) }
  do throws(JSONError) {
    try transcoder.transcode(padded.span, from: 0, to: text.count)
    if let outline = transcoder.outline {
      let elements = Array(transcoder.document)
      #expect(outline.map(\.element.start) == elements.map(\.start))
      #expect(outline.map(\.element.keyCount) == elements.map(\.keyCount))
      #expect(outline.map(\.element.value.base) == elements.map(\.value.base))
      #expect(outline.map(\.element.value.type) == elements.map(\.value.type))
      #expect(outline.map { Int($0.tag) } == elements.map(\.keyCount))
    } else {
      #expect(text.contains(UInt8(ascii: "\\")) || text.count > 128)
    }
    return .success(BSONDocument(copying: transcoder.document.bytes))
  } catch {
    return .failure(error)
  }
}

func scan(_ text: String) -> Result<BSONDocument, JSONError> { scan(Array(text.utf8)) }

/// Text that follows a record, such as the rest of its wrapper or the next record. It must not change a result.
let followers: [[UInt8]] =
  ["\"\"\"\"\"\"\"\"", "}}}}}}}}", "]]]]]]]]", "00000000", "e10eeeee", "[[[[[[[[", "\\\\\\\\\\\\\\\\", "alse,\"a\":"]
  .map { Array($0.utf8) } + [Array(repeating: 0x20, count: 8), Array(repeating: 0xFF, count: 8)]

/// A text without its mark, and the byte offset of the mark.
struct Marked {
  let text: [UInt8]
  let offset: Int

  /// - Parameters:
  ///   - before: The text before the marked text. It counts for the offset.
  init?(_ marked: String, before: String = "", behind: String = "") {
    let parts = marked.split(separator: "¦", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    text = Array((before + parts[0] + parts[1] + behind).utf8)
    offset = (before + parts[0]).utf8.count
  }
}

extension Result where Failure == JSONError {
  var error: JSONError? { if case .failure(let error) = self { error } else { nil } }
}
