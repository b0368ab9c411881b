import BSON
import FieldCrypto
import Findings
import SourceText
import StoreAccess

/// A stored value that is not as the policy wants it.
package struct SealingFault {
  package enum Reason {
    /// It is in clear.
    case plaintext
    /// A binary that no envelope of ours is, or a field of another type than the schema's.
    case foreign
    /// An envelope that does not open here: why.
    case unopened(EnvelopeError)
    /// A blind index that is missing, or of another value.
    case wrongIndex
    /// The document does not say whose it is, or names an athlete whom there cannot be.
    case unowned
    /// The athlete's newest data key does not open, and without it nothing new is sealed.
    case noSealingKey
    /// A field whose name no update of the server's can hold.
    case unnameable
  }

  /// JSON Pointer from the document's root.
  package let pointer: String
  let reason: Reason

  package init(pointer: String, reason: Reason) {
    self.pointer = pointer
    self.reason = reason
  }

  /// - Parameter path: keys and indexes from the document's root on.
  package init(path: [String], reason: Reason) {
    self.init(pointer: path.map { "/" + JSONPath.component($0) }.joined(), reason: reason)
  }

  var isPlaintext: Bool { if case .plaintext = reason { true } else { false } }

  /// True where all that is wrong is that its data key is not at hand.
  package var lacksKey: Bool { if case .unopened(let error) = reason { error.code == .unknownKey } else { false } }

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
    case .unowned: .noOwner
    case .noSealingKey: .dataKeyDoesNotOpen
    case .unnameable: .serverRefused
    }
  }

  var sentence: String {
    switch reason {
    case .plaintext: "a value of a sealed class is in clear"
    case .foreign: "this is neither a value of the field's type nor an envelope of this program's; it is left as it is"
    case .unopened(let error): error.message
    case .wrongIndex: "the blind index is missing, or is that of another value"
    case .unowned: "it does not say by a Strava id above 0 whose it is, so that no key is for it"
    case .noSealingKey: "its athlete's newest data key does not open, so that nothing of it can be sealed"
    case .unnameable:
      "the field's name is empty, begins with $ or has a dot in it, and no update names such a field: it is left as it is"
    }
  }
}

extension Finding {
  /// A fault of a stored document, which is named by its collection and `_id`.
  package init(_ fault: SealingFault, of document: BSONView, in collection: String) {
    self.init(
      fault.rule, fault.sentence, severity: .error, document: document.name(in: collection), pointer: fault.pointer)
  }
}
