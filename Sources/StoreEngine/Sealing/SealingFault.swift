import BSON
import FieldCrypto
import SourceText

/// A stored value that is not as the policy wants it.
struct SealingFault {
  enum Reason {
    /// It is in clear.
    case plaintext
    /// A binary that no envelope of ours is, or a field of another type than the schema's.
    case foreign
    /// An envelope that does not open here: why.
    case unopened(EnvelopeError)
    /// A blind index that is missing, or of another value.
    case wrongIndex
  }

  /// JSON Pointer from the document's root.
  let pointer: String
  let reason: Reason

  var isPlaintext: Bool { if case .plaintext = reason { true } else { false } }

  /// The pointer with array indexes as `*`: values of one kind in many documents.
  var pattern: String {
    pointer.split(separator: "/", omittingEmptySubsequences: false)
      .map { !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? "*" : $0 }.joined(separator: "/")
  }

  var rule: Rule {
    switch reason {
    case .plaintext: .inClear
    case .foreign: .foreignValue
    case .unopened: .doesNotOpen
    case .wrongIndex: .wrongBlindIndex
    }
  }

  var sentence: String {
    switch reason {
    case .plaintext: "a value of a sealed class is in clear"
    case .foreign: "this is neither a value of the field's type nor an envelope of this program's; it is left as it is"
    case .unopened(let error): error.message
    case .wrongIndex: "the blind index is missing, or is that of another value"
    }
  }
}

/// The data keys that a document's envelopes name.
enum EnvelopeKeys {
  static func collect(from view: BSONView, into ids: inout Set<KeyID>) {
    for element in view {
      if element.value.isContainer {
        collect(from: BSONView(element.value.base), into: &ids)
      } else if let envelope = element.value.envelope, let id = try? SealedValue.keyID(of: envelope) {
        ids.insert(id)
      }
    }
  }
}

extension BSONValue {
  /// An `_id` as people write it.
  var shortText: String {
    switch self {
    case .objectID(let id): id.description
    case .string(let text): text
    case .int32, .int64: integer.map(String.init) ?? ""
    default: "\(type)"
    }
  }
}
