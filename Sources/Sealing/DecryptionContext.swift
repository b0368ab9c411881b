import BSON
import FieldCrypto
import StoreAccess

/// The information that is needed to decrypt some documents: their owners, and the data keys that their envelopes name.
package struct DecryptionContext {
  /// The Strava ids of users by `_id`; the value is nil if a user has no Strava id.
  package let owners: [ObjectID: Int64?]
  package let keys: [KeyID: DataKey]

  /// - Parameters:
  ///   - name: The name of the documents' collection.
  ///   - held: The keys in memory, which may have been deleted from the database.
  package init(
    of documents: [BSONDocument], in name: String, _ users: UserLookUp, _ sealing: SealingSession,
    held: [KeyID: DataKey] = [:]
  ) throws {
    var ids: Set<KeyID> = []
    var owners: Set<ObjectID> = []
    for document in documents {
      document.withView { view in
        EnvelopeKeys.collect(from: view, into: &ids)
        // An activity contains its owner's id, unless the platform created it.
        guard name != Collections.users, view["athlete_id"]?.wholeNumber == nil else { return }
        if let owner = view["user_id"].map(BSONValue.init)?.objectID { owners.insert(owner) }
      }
    }
    self.owners = try users.athletes(of: owners)
    keys = try sealing.decryptionKeys(ids.subtracting(held.keys)).merging(held) { $1 }
  }
}

/// Returns the data keys that a document's envelopes name.
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

extension BSONView {
  /// Returns true if a value in here, at any depth, has the subtype of an envelope.
  package var holdsEnvelope: Bool {
    for element in self {
      if element.value.isContainer {
        if BSONView(element.value.base).holdsEnvelope { return true }
      } else if element.value.envelope != nil {
        return true
      }
    }
    return false
  }
}
