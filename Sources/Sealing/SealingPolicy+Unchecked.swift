import BSON
import Mongo
import StoreAccess

extension SealingPolicy {
  /// What the database says of its sealed classes; nil where it says nothing. Their MAC is not checked: that takes the
  /// key file, and a validator lets nothing be read that could not be read before.
  package static func unchecked(_ session: StoreSession) throws -> SealingPolicy? {
    let filter = BSONDocument { $0.append("_id", SealingSettings.id) }
    let found = try session.retrying("reading the sealing settings") {
      try session.client().collection(Collections.settings, in: session.database).findOne(filter)
    }
    guard let found else { return nil }
    let names = found["classes"]?.inner?.elements.compactMap(\.value.string) ?? []
    guard let policy = SealingPolicy(names: names) else {
      throw StoreFailure(
        "cannot read the sealing settings (store_settings): their form is unknown; use the newest version of strava-store"
      )
    }
    return policy
  }
}
