import BSON
import StoreAccess

/// The owner of a stored document, and the key that its envelopes are bound to.
package struct DocumentIdentity {
  let collection: String
  /// The document's own key in associated data: its Strava id in decimal digits, or an insight's `_id` in hexadecimal
  /// digits.
  let key: String
  /// The athlete whose data key seals it.
  let athlete: Int64

  /// Returns the fields that determine the identity. If one of them changes, earlier envelopes cannot be decrypted
  /// anymore.
  static func fields(of document: BSONView, in collection: String) -> [StaticString] {
    switch collection {
    case Collections.users: ["strava_id"]
    case Collections.activities:
      ["strava_activity_id", "athlete_id"] + (document["athlete_id"]?.wholeNumber == nil ? ["user_id"] : [])
        + (document["strava_activity_id"]?.wholeNumber == nil ? ["strava_id"] : [])
        + (isOwnedByRecord(document) ? ["raw_data"] : [])
    default: ["user_id"]
    }
  }

  /// Returns true if only its record says whose activity it is.
  private static func isOwnedByRecord(_ document: BSONView) -> Bool {
    document["athlete_id"]?.wholeNumber == nil && document["user_id"]?.wholeNumber == nil
      && document["user_id"]?.objectID == nil
  }

  private init(collection: String, key: String, athlete: Int64) {
    (self.collection, self.key, self.athlete) = (collection, key, athlete)
  }

  /// Creates an identity for a check that decrypts nothing.
  package static func nobody(in collection: String) -> DocumentIdentity {
    DocumentIdentity(collection: collection, key: "", athlete: 0)
  }

  /// The athlete of an activity is `athlete_id`, or the owner that `user_id` names, or the athlete of its record. In
  /// the platform's form, `user_id` is the athlete itself.
  ///
  /// - Parameter owners: The Strava ids of users by `_id`, for documents that name only the user.
  /// - Returns: Nil if the document does not contain its identity.
  package init?(_ document: BSONView, in collection: String, owners: [ObjectID: Int64?]) {
    self.collection = collection
    let user = document["user_id"]
    let owner = user?.wholeNumber ?? user?.objectID.flatMap { owners[$0] ?? nil }
    switch collection {
    case Collections.users:
      guard let id = document["strava_id"]?.wholeNumber else { return nil }
      (key, athlete) = (String(id), id)
    case Collections.activities:
      guard let id = document["strava_activity_id"]?.wholeNumber ?? document["strava_id"]?.wholeNumber,
        let athlete = document["athlete_id"]?.wholeNumber ?? owner
          ?? document["raw_data"]?.document?["athlete"]?.document?["id"]?.wholeNumber
      else { return nil }
      (key, self.athlete) = (String(id), athlete)
    default:
      guard let id = document["_id"].map(BSONValue.init)?.objectID, let owner else { return nil }
      (key, athlete) = (id.description, owner)
    }
  }
}
