import BSON
import StoreAccess

/// A look-up of the documents that records refer to.
struct ReferenceLookUp: Sendable {
  let session: StoreSession

  /// Returns those of these `_id`s that exist in a collection.
  func existing(_ ids: Set<ObjectID>, in name: String) throws -> Set<ObjectID> {
    var found: Set<ObjectID> = []
    try session.find(ids.map(BSONValue.objectID), by: "_id", in: name, fields: ["_id"]) { view in
      if let id = view["_id"].map(BSONValue.init)?.objectID { found.insert(id) }
    }
    return found
  }

  /// Returns the `_id`s of the activities with these Strava ids; activities that are not stored are left out.
  func activities(_ stravaIDs: Set<Int64>) throws -> [Int64: ObjectID] {
    var ids: [Int64: ObjectID] = [:]
    try session.find(
      stravaIDs.map(BSONValue.int64), by: "strava_activity_id", in: Collections.activities,
      fields: ["_id", "strava_activity_id"]
    ) { view in
      guard let strava = view["strava_activity_id"]?.wholeNumber, let id = view["_id"].map(BSONValue.init)?.objectID
      else { return }
      ids[strava] = id
    }
    return ids
  }
}
