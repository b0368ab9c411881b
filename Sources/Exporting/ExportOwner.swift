import BSON
import StoreAccess
import StravaRecords

/// The athlete or user whose documents an export selects, and the ways in which a document may name that owner.
package struct ExportOwner: Sendable {
  /// A way in which a document names its owner.
  package enum Reference: String, Sendable {
    case athleteID = "athlete_id"
    case user = "user_id, an object id"
    case athleteAsUser = "user_id, a Strava id"
  }

  /// The `_id` of the user; for an athlete without a user, an id that no user has.
  let user: ObjectID
  /// The Strava id; nil if the user has none.
  let athlete: Int64?
  /// True if the export selects the athlete, and not the user.
  let isAthlete: Bool

  package init(user: ObjectID, athlete: Int64?, isAthlete: Bool) {
    (self.user, self.athlete, self.isAthlete) = (user, athlete, isAthlete)
  }

  /// Returns the conditions that together match the owner's documents, each document once. Each one is served by an
  /// index.
  func conditions(_ collection: String) -> [(reference: Reference, filter: BSONDocument)] {
    let byRecord = isAthlete && collection == Collections.activities ? athlete : nil
    var conditions: [(reference: Reference, filter: BSONDocument)] = []
    if let byRecord {
      conditions.append((.athleteID, BSONDocument { $0.append("athlete_id", byRecord) }))
    }
    conditions.append((.user, Self.owned(by: .objectID(user), except: byRecord)))
    if let athlete { conditions.append((.athleteAsUser, Self.owned(by: .int64(athlete), except: byRecord))) }
    return conditions
  }

  /// Returns the one condition that has an order by the indexes, in a database of the form.
  func condition(_ collection: String, in form: StoreForm) -> BSONDocument {
    if form == .platform, let athlete { return BSONDocument { $0.append("user_id", athlete) } }
    return BSONDocument { $0.append("user_id", user) }
  }

  private static func owned(by user: BSONValue, except athlete: Int64?) -> BSONDocument {
    BSONDocument { filter in
      filter.append(name: "user_id", user)
      guard let athlete else { return }
      let other = filter.begin("athlete_id")
      filter.append("$ne", athlete)
      filter.end(other)
    }
  }
}
