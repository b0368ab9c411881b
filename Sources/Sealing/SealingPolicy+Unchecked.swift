import BSON
import Mongo
import StoreAccess

extension SealingPolicy {
  /// Returns the sealed classes that the database names; nil if it names none. Their MAC is not checked, because that
  /// takes the key file, and a validator makes nothing readable that was not readable before.
  package static func unchecked(_ session: StoreSession) throws -> SealingPolicy? {
    let filter = BSONDocument { $0.append("_id", SealingSettings.id) }
    let found = try session.retrying("reading the sealing settings") {
      try session.client().collection(Collections.settings, in: session.database).findOne(filter)
    }
    guard let found else { return nil }
    let names = found["classes"]?.inner?.elements.compactMap(\.value.string) ?? []
    guard let policy = SealingPolicy(names: names) else {
      throw StoreFailure.unreadableSettings
    }
    return policy
  }
}
