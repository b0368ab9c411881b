import BSON
import FieldCrypto
import StoreAccess

/// What some documents need to be decrypted: whose they are, and the data keys that their envelopes name.
package struct DecryptionContext {
  /// Strava ids of users by `_id`, nil where one has none.
  package let owners: [ObjectID: Int64?]
  package let keys: [KeyID: DataKey]

  /// - Parameters:
  ///   - name: the documents' collection.
  ///   - held: keys in memory, which may be gone from the database.
  package init(
    of documents: [BSONDocument], in name: String, _ users: UserLookUp, _ sealing: SealingSession,
    held: [KeyID: DataKey] = [:]
  ) throws {
    var ids: Set<KeyID> = []
    var owners: Set<ObjectID> = []
    for document in documents {
      document.withView { view in
        EnvelopeKeys.collect(from: view, into: &ids)
        // An activity says itself whose it is, unless the platform made it.
        guard name != Collections.users, view["athlete_id"]?.wholeNumber == nil else { return }
        if let owner = view["user_id"].map(BSONValue.init)?.objectID { owners.insert(owner) }
      }
    }
    self.owners = try users.athletes(of: owners)
    keys = try sealing.decryptionKeys(ids.subtracting(held.keys)).merging(held) { $1 }
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

extension BSONView {
  /// True where a value in here, at any depth, is an envelope by its subtype.
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
