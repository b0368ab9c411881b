import BSON
import SourceText

/// What the transcoder makes of a text by itself: the document, or why there is none.
func scan(_ text: [UInt8], behind: [UInt8] = []) -> Result<BSONDocument, JSONError> {
  var padded = text + behind
  padded += Array(repeating: 0, count: 64)
  var transcoder = JSONTranscoder()
  do throws(JSONError) {
    try transcoder.transcode(padded.span, from: 0, to: text.count)
    return .success(BSONDocument(copying: transcoder.document.bytes))
  } catch {
    return .failure(error)
  }
}

func scan(_ text: String) -> Result<BSONDocument, JSONError> { scan(Array(text.utf8)) }

/// What must not change a result: a record is followed by its wrapper or by the next record.
let followers: [[UInt8]] =
  ["\"\"\"\"\"\"\"\"", "}}}}}}}}", "]]]]]]]]", "00000000", "e10eeeee", "[[[[[[[[", "\\\\\\\\\\\\\\\\", "alse,\"a\":"]
  .map { Array($0.utf8) } + [Array(repeating: 0x20, count: 8), Array(repeating: 0xFF, count: 8)]

/// A text with its mark taken out, and the byte offset that the mark stood at.
struct Marked {
  let text: [UInt8]
  let offset: Int

  /// - Parameters:
  ///   - before: what stands around the marked text, and counts for the offset.
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
