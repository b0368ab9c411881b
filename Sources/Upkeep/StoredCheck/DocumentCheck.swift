import BSON
import FieldCrypto
import Findings
import Sealing
import StoreAccess
import StravaRecords

/// A check of one stored document: as it is stored, with its sealed values decrypted, and compared with other fields
/// that were made from the same values.
///
/// A document is named by its collection and `_id`; messages contain no stored values.
struct DocumentCheck: ~Copyable {
  private let name: String
  private let form: StoreForm
  private let policy: SealingPolicy
  private let sealing: SealingSession?
  private let stored: StoredCheck
  private let clear: StoredCheck
  private var records: ImportedRecords?
  private var walk = SealingWalk()
  private var decrypted = BSONWriter()

  /// - Parameter sealing: The sealing session; nil if nothing is decrypted.
  init(_ collection: StoredCollection, _ policy: SealingPolicy, _ sealing: SealingSession?) {
    name = collection.name
    form = collection.form
    self.policy = policy
    self.sealing = sealing
    stored = StoredCheck(collection, sealing: policy.classes)
    clear = StoredCheck(collection, sealing: [])
    records = sealing.flatMap { ImportedRecords($0.keys.indexKey, of: collection.name) }
  }

  /// - Parameter context: The context of the document's batch; nil if nothing is decrypted.
  mutating func findings(in document: BSONView, _ context: DecryptionContext?) -> [Finding] {
    if name == Collections.dataKeys { return ofDataKey(document) }
    let identity = context.flatMap { DocumentIdentity(document, in: name, owners: $0.owners) }
    var faults = decrypt(document, identity, context?.keys ?? [:])
    if context != nil, identity == nil, document.holdsEnvelope {
      faults.append(SealingFault(pointer: "", reason: .unowned))
    }
    var findings = stored.findings(in: document).map { $0.ofForm(form, in: document) }
    if let sealing, identity != nil {
      let copy = BSONView(decrypted.out.base)
      var seen = Set(findings.map(\.pointer))
      findings += clear.findings(in: copy).filter { !seen.contains($0.pointer) }
      seen.formUnion(findings.map(\.pointer))
      if name == Collections.users { faults += sealing.blindIndexes.faults(of: document, decrypted: copy) }
      let ofRecords = records?.findings(in: copy, sealingFaults: faults) ?? []
      findings += ofRecords.filter { !seen.contains($0.pointer) }
    }
    if findings.isEmpty, faults.isEmpty { return [] }
    // A value that cannot be decrypted, or is in clear, also has the wrong type; it is reported only once.
    let faulted = Set(faults.map(\.pointer))
    return faults.map { Finding($0, of: document, in: name) }
      + findings.filter { !faulted.contains($0.pointer ?? "") }.map { $0.of(document, in: name) }
  }

  /// Writes the decrypted copy.
  ///
  /// - Parameter identity: The document's identity; nil if nothing is decrypted, so that only faults visible without
  ///   keys are found.
  private mutating func decrypt(
    _ document: BSONView, _ identity: DocumentIdentity?, _ keys: [KeyID: DataKey]
  ) -> [SealingFault] {
    walk.begin(identity ?? .nobody(in: name), classes: policy.classes, keys: identity == nil ? [:] : keys)
    let faults = walk.copy(document, into: &decrypted).faults
    return identity == nil ? faults.filter { !$0.lacksKey } : faults
  }

  private func ofDataKey(_ document: BSONView) -> [Finding] {
    let findings = stored.findings(in: document).map { $0.of(document, in: name) }
    guard findings.isEmpty, let sealing else { return findings }
    do {
      _ = try DataKeyDocument(document).decrypt(sealing.keys)
      return []
    } catch {
      return [
        Finding(.undecryptableDataKey, StoreFailure(error).message, pointer: "/wrapped_key").of(document, in: name)
      ]
    }
  }
}

extension Finding {
  /// Returns the finding that names the form of a document if its `user_id` has the type of the other form.
  fileprivate func ofForm(_ form: StoreForm, in document: BSONView) -> Finding {
    guard rule == .wrongType, pointer == "/user_id", let user = document["user_id"] else { return self }
    switch form {
    case .specification where user.wholeNumber != nil:
      return Finding(
        .otherForm,
        "user_id is an athlete's Strava id, as in the platform's form, but the database has the "
          + "specification's form", pointer: "/user_id")
    case .platform where user.objectID != nil:
      return Finding(
        .otherForm, "user_id is an object id, as in the specification's form, but the database has the platform's form",
        pointer: "/user_id")
    default: return self
    }
  }

  /// Returns an error about a stored document.
  fileprivate func of(_ document: BSONView, in collection: String) -> Finding {
    var finding = self
    finding.document = document.name(in: collection)
    return finding
  }
}
