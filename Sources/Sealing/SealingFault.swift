import BSON
import FieldCrypto
import Findings
import SourceText
import StoreAccess

/// A stored value that does not have the form that the policy requires.
package struct SealingFault {
  package enum Reason {
    /// The value is stored in clear.
    case plaintext
    /// The value is a binary that is not a valid envelope, or has a type other than the one in the schema.
    case foreign
    /// The value is a Fernet token of the platform's backend, which is not sealed as it is.
    case fernet
    /// The value looks like a Fernet token, and none of the given keys decrypts it.
    case fernetUnreadable
    /// The envelope cannot be decrypted here, for the reason given.
    case undecryptable(EnvelopeError)
    /// The blind index is missing or has another value.
    case wrongIndex
    /// The document does not name its owner, or names an athlete with an invalid id.
    case unowned
    /// The athlete's newest data key cannot be decrypted, and without it no new value is sealed.
    case noSealingKey
    /// The name of the field cannot be used in any update of the server.
    case unnameable
  }

  /// The JSON Pointer of the value from the document's root.
  package let pointer: String
  let reason: Reason

  package init(pointer: String, reason: Reason) {
    self.pointer = pointer
    self.reason = reason
  }

  /// - Parameter path: The keys and indexes from the document's root.
  package init(path: [String], reason: Reason) {
    self.init(pointer: path.map { "/" + JSONPath.component($0) }.joined(), reason: reason)
  }

  var isPlaintext: Bool { if case .plaintext = reason { true } else { false } }

  /// True if the only problem is that the data key is not available.
  package var lacksKey: Bool { if case .undecryptable(let error) = reason { error.code == .unknownKey } else { false } }

  /// The pointer with array indexes as `*`, which groups values of one kind in many documents.
  var pattern: String {
    pointer.split(separator: "/", omittingEmptySubsequences: false)
      .map { !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? "*" : $0 }.joined(separator: "/")
  }

  var rule: Rule {
    switch reason {
    case .plaintext: .inClear
    case .foreign: .foreignValue
    case .fernet: .fernetText
    case .fernetUnreadable: .fernetUnreadable
    case .undecryptable: .undecryptableValue
    case .wrongIndex: .wrongBlindIndex
    case .unowned: .noOwner
    case .noSealingKey: .undecryptableDataKey
    case .unnameable: .serverRefused
    }
  }

  var sentence: String {
    switch reason {
    case .plaintext: "the value belongs to a sealed class but is stored in clear; encrypt-migrate seals it"
    case .foreign: "the value has neither the field's type nor the format of a sealed value; it is left unchanged"
    case .fernet: "the value is a Fernet token, encrypted by the platform's backend; it is left unchanged"
    case .fernetUnreadable: "the value is not a Fernet token of one of the given keys; it is left unchanged"
    case .undecryptable(let error): error.message
    case .wrongIndex: "the blind index is missing or does not match the stored value; encrypt-migrate computes it again"
    case .unowned: "the document contains no Strava id of an athlete, so its values can be neither sealed nor decrypted"
    case .noSealingKey: "the newest data key of its athlete cannot be decrypted, so its values cannot be sealed"
    case .unnameable:
      "the field's name is empty, begins with $ or contains a dot, so an update cannot set it; it is left unchanged"
    }
  }
}

extension Finding {
  /// Returns the finding for a fault of a stored document, which is named by its collection and `_id`.
  package init(_ fault: SealingFault, of document: BSONView, in collection: String) {
    self.init(
      fault.rule, fault.sentence, severity: .error, document: document.name(in: collection), pointer: fault.pointer)
  }
}
