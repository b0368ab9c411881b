import BSON
import FieldCrypto
import SourceText

/// A document of `data_keys` whose key does not open, or that is in no form that is known: as much as it says.
struct DamagedDataKey {
  let id: KeyID?
  let athlete: Int64?
  let version: Int32?
  /// Why.
  let failure: StoreFailure

  init(_ view: BSONView, _ failure: StoreFailure) {
    id = view["_id"]?.keyID
    athlete = view["strava_id"]?.wholeNumber
    version = view["version"]?.wholeNumber.flatMap(Int32.init(exactly:))
    self.failure = failure
  }

  var finding: Finding {
    let name = id.map { "\($0)" } ?? "?"
    return Finding(.dataKeyDoesNotOpen, failure.message, document: "\(Collections.dataKeys)/\(name)", pointer: "")
  }
}
