import BSON
import FieldCrypto
import Findings
import StoreAccess

/// A document of `data_keys` whose key cannot be decrypted or whose form is unknown, with those of its fields that are
/// readable.
package struct DamagedDataKey {
  let id: KeyID?
  package let athlete: Int64?
  package let version: Int32?
  /// The reason why the key is not usable.
  let failure: StoreFailure

  package init(_ view: BSONView, _ failure: StoreFailure) {
    id = view["_id"]?.keyID
    athlete = view["strava_id"]?.wholeNumber
    version = view["version"]?.wholeNumber.flatMap(Int32.init(exactly:))
    self.failure = failure
  }

  package var finding: Finding {
    let name = id.map { "\($0)" } ?? "?"
    return Finding(.undecryptableDataKey, failure.message, document: "\(Collections.dataKeys)/\(name)", pointer: "")
  }
}
