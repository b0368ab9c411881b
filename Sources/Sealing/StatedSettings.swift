import BSON
import Mongo
import StoreAccess
import StravaRecords

/// The settings as the database states them. Their MAC is not checked, because that takes the key file, and neither a
/// validator nor an index makes anything readable that was not readable before.
package struct StatedSettings {
  package let policy: SealingPolicy
  /// The form of the documents; nil in a database whose settings an earlier version has written.
  package let form: StoreForm?

  /// Returns the stated settings; nil if the database has none.
  package static func read(_ session: StoreSession) throws -> StatedSettings? {
    let filter = BSONDocument { $0.append("_id", SealingSettings.id) }
    let found = try session.retrying("reading the sealing settings") {
      try session.client().collection(Collections.settings, in: session.database).findOne(filter)
    }
    guard let found else { return nil }
    let names = found["classes"]?.inner?.elements.compactMap(\.value.string) ?? []
    let form = found["form"]?.string.flatMap(StoreForm.init)
    guard let policy = SealingPolicy(names: names), form != nil || found["form"] == nil else {
      throw StoreFailure.unreadableSettings
    }
    return StatedSettings(policy: policy, form: form)
  }
}
