import BSON
import FieldCrypto
import Findings
import Mongo
import StoreAccess
import StravaRecords

/// A look-up of documents of one collection with their owners and the data keys that their envelopes name.
package struct DocumentLookUp {
  let name: String
  let session: StoreSession
  let sealing: SealingSession
  private let users: UserLookUp
  /// The keys in memory, which may have been deleted from the database.
  private let held: [KeyID: DataKey]

  package init(_ name: String, _ session: StoreSession, _ sealing: SealingSession, held: [KeyID: DataKey] = [:]) {
    self.name = name
    self.session = session
    self.sealing = sealing
    self.held = held
    users = UserLookUp(session)
  }

  /// Returns a copy of this look-up with more keys in memory.
  func holding(_ keys: [KeyID: DataKey]) -> DocumentLookUp {
    DocumentLookUp(name, session, sealing, held: held.merging(keys) { $1 })
  }

  func collection() throws -> MongoCollection { try session.client().collection(name, in: session.database) }

  package func context(of documents: [BSONDocument]) throws -> DecryptionContext {
    try DecryptionContext(of: documents, in: name, users, sealing, held: held)
  }

  /// Returns the existing documents with these values of a field.
  func documents(_ values: [BSONValue], by field: String = "_id") throws -> [BSONDocument] {
    var found: [BSONDocument] = []
    try session.lookUp(values, "reading \(name)") { part in
      let options = BSONDocument { $0.appendOneReply(of: part.count) }
      let cursor = try collection().find(.filter(field, in: part), options: options)
      var some: [BSONDocument] = []
      while let document = try cursor.nextDocument() { some.append(document) }
      return some
    } take: { _, some in
      found += some
    }
    return found
  }

  /// Returns true if the document contains an envelope whose key is known.
  func canDecrypt(_ view: BSONView, _ context: DecryptionContext) -> Bool {
    var envelopes: Set<KeyID> = []
    EnvelopeKeys.collect(from: view, into: &envelopes)
    return envelopes.contains { context.keys[$0] != nil }
  }

  /// Returns the data keys that a document's envelopes name, including those of nested envelopes that can be decrypted.
  package func keys(in view: BSONView, _ context: DecryptionContext) -> Set<KeyID> {
    var named: Set<KeyID> = []
    EnvelopeKeys.collect(from: view, into: &named)
    guard !named.isEmpty, let identity = DocumentIdentity(view, in: name, owners: context.owners) else { return named }
    var walk = SealingWalk()
    var copy = BSONWriter()
    walk.begin(identity, keys: context.keys)
    named.formUnion(walk.copy(view, into: &copy).decryptedUnder)
    // The keys of nested envelopes that cannot be decrypted here are needed too.
    EnvelopeKeys.collect(from: BSONView(copy.out.base), into: &named)
    return named
  }

  /// Returns true if a document without a valid owner contains a value that only its owner's key can seal or decrypt.
  func needsOwner(_ view: BSONView, _ policy: SealingPolicy) -> Bool {
    var walk = SealingWalk()
    var copy = BSONWriter()
    walk.begin(.nobody(in: name), classes: policy.classes, keys: [:])
    return view.holdsEnvelope || !walk.copy(view, into: &copy).faults.isEmpty
  }
}

extension FindingLog {
  /// Adds a finding for a value of a stored document that does not have the required form.
  package func add(_ fault: SealingFault, of view: BSONView, in collection: String) {
    add(Finding(fault, of: view, in: collection))
  }

  /// Adds a finding for a stored document that does not have the required form.
  func add(_ rule: Rule, _ id: BSONValue, in collection: String, _ sentence: String) {
    add(Finding(rule, sentence, severity: .error, document: id.name(in: collection), pointer: ""))
  }

  func addTooLarge(_ id: BSONValue, in collection: String) {
    add(
      .serverRefused, id, in: collection,
      "the document is too large to be compared and replaced in one operation; the server accepts at most 16 MiB")
  }
}
