import BSON
import Mongo

/// The plaintext of an envelope: `{"v": value}`.
struct SealedPlaintext {
  let document: BSONDocument

  /// Reads the value; nil if the plaintext has any other form.
  init?(_ bytes: [UInt8]) {
    guard let document = bytes.withUnsafeBytes({ BSONDocument(checking: $0) }), document.elements.map(\.key) == ["v"]
    else { return nil }
    self.document = document
  }

  /// - Parameter body: A function that appends the value under the key that it is given.
  init(_ body: (_ key: UnsafeRawBufferPointer, inout BSONWriter) -> Void) {
    let key: StaticString = "v"
    document = BSONDocument { out in key.withUTF8Buffer { body(UnsafeRawBufferPointer($0), &out) } }
  }

  /// - Parameter body: A function that is called with the value.
  func withValue(_ body: (BSONField) -> Void) {
    document.withView { view in
      if let value = view["v"] { body(value) }
    }
  }
}
