import BSON
import Mongo
import SourceText

/// Texts that may follow a record and must not change how it is read.
private let followers = [
  "\0\0\0\0\0\0\0\0", "\"\"\"\"\"\"\"\"", "}}}}}}}}", "00000000", "e1eeeeee", ",1,1,1,1", "[],[],[]",
  "\\\\\\\\\\\\\\\\",
]

/// Checks that the transcoder accepts what `PlainJSON` accepts, keeps every value, and writes a document that would
/// pass as a server's. The bytes after the text must not change anything.
func checkTranscoder(_ text: [UInt8]) throws {
  let plain = PlainJSON.object(text, deepest: JSONTranscoder.maxDepth)
  var documents: Set<[UInt8]> = []
  // From the second round on, the transcoder knows the keys.
  var transcoder = JSONTranscoder()
  for follower in followers {
    let padded = text + Array(String(repeating: follower, count: 8).utf8) + [UInt8](repeating: 0, count: 32)
    if let error = failure(of: &transcoder, padded, text.count) {
      try expect(0...text.count ~= error.offset, "the error is placed outside of the text")
      try expect(plain == nil, "refused what import accepts: \(error.message)")
      documents.insert([])
    } else {
      guard let plain else { throw Violation("accepted what JSON or import refuses") }
      let document = transcoder.document
      try expect(BSONDocument(checking: document.bytes) != nil, "the document is not well-formed")
      let root = BSONField(type: BSONType.document.rawValue, base: document.base)
      try expect(isSame(root, plain), "the document holds other values than the text")
      documents.insert(Array(document.bytes))
    }
  }
  try expect(documents.count == 1, "the bytes after the text change the result")
}

private func failure(of transcoder: inout JSONTranscoder, _ padded: [UInt8], _ count: Int) -> JSONError? {
  do throws(JSONError) {
    try transcoder.transcode(padded.span, from: 0, to: count)
    return nil
  } catch {
    return error
  }
}

private func isSame(_ value: BSONField, _ plain: PlainJSON) -> Bool {
  switch plain {
  case .object(let members):
    guard let document = value.document else { return false }
    let elements = Array(document)
    return elements.count == members.count
      && zip(elements, members).allSatisfy { $0.key.elementsEqual($1.key) && isSame($0.value, $1.value) }
  case .array(let values):
    guard let array = value.array else { return false }
    let elements = Array(array)
    return elements.count == values.count
      && zip(elements.indices, zip(elements, values)).allSatisfy {
        $1.0.keyText == String($0) && isSame($1.0.value, $1.1)
      }
  case .string(let bytes): return value.text.map { $0.elementsEqual(bytes) } ?? false
  case .number(let number): return number.isKept(as: value)
  case .bool(let bool): return value.bool == bool
  case .null: return value.isNull
  }
}

/// The transcoder's verdict on a text.
public enum JSONVerdict {
  public static func isAccepted(_ text: [UInt8]) -> Bool {
    var transcoder = JSONTranscoder()
    return failure(of: &transcoder, text + [UInt8](repeating: 0, count: 32), text.count) == nil
  }
}
