import BSON
import Findings
import Sealing
import StoreAccess

/// What a document in the platform's form becomes in the specification's: `user_id` refers to the user document, and the
/// second names of an activity's fields are removed.
struct FinishedFields: FormChange {
  static let sources = ["strava_activity_id", "strava_id", "activity_type", "type", "athlete_id", "user_id"]

  let change: DocumentChange
  let fault: Finding?
  let isOwnerless: Bool

  /// Returns the athlete of a document whose `user_id` must be changed; nil if it refers to a user document.
  static func athlete(of document: BSONView) -> Int64? {
    if document["user_id"]?.objectID != nil { return nil }
    return [document["athlete_id"], document["user_id"]].lazy.compactMap { $0?.wholeNumber }.first { $0 > 0 }
  }

  /// - Parameters:
  ///   - users: The `_id`s of users by Strava id.
  ///   - refused: The reasons why the server refused to create the users of others.
  init(_ document: BSONView, users: [Int64: ObjectID], refused: [Int64: String]) {
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    var fault: Finding?
    var isOwnerless = false
    if document["user_id"]?.objectID == nil {
      if let athlete = Self.athlete(of: document) {
        if let user = users[athlete] {
          change.add("user_id", from: document["user_id"].map(BSONValue.init), to: .objectID(user))
          change.require("athlete_id", document["athlete_id"].map(BSONValue.init))
        } else {
          let reason = refused[athlete] ?? "the database has no such user with an object id"
          fault = Finding(
            .serverRefused, "the user document of its athlete could not be created: \(reason)", pointer: "/user_id")
        }
      } else {
        isOwnerless = true
      }
    }
    Self.remove("strava_id", sameAs: "strava_activity_id", of: document, &change)
    Self.remove("activity_type", sameAs: "type", of: document, &change)
    (self.change, self.fault, self.isOwnerless) = (change, fault, isOwnerless)
  }

  /// Removes a field that has the value of its twin. One with another value is the platform's own.
  private static func remove(
    _ name: StaticString, sameAs twin: StaticString, of document: BSONView, _ change: inout DocumentChange
  ) {
    guard let value = document[name], let other = document[twin] else { return }
    let isSame = value.wholeNumber.map { $0 == other.wholeNumber } ?? (BSONValue(value) == BSONValue(other))
    guard isSame else { return }
    change.add("\(name)", from: BSONValue(value), to: nil)
    change.require("\(twin)", BSONValue(other))
  }
}
