import BSON
import Mongo
import StoreAccess
import StravaRecords

/// Which documents an export takes, in what order.
package struct ExportSelection: Sendable {
  /// Strava id of an athlete.
  package var athlete: Int64?
  /// `_id` of a user.
  package var user: ObjectID?
  /// The first moment of activities and insights that is taken, and the first one that is not.
  package var since: BSONDate?
  package var until: BSONDate?
  /// The two are wall-clock times at the activity's place.
  package var isLocal = false
  /// Values of `sport_type`.
  package var sports: [String] = []
  /// A filter in Extended JSON.
  package var filter: BSONDocument?
  package var limit: Int?
  /// A field, with `-` before it for descending order.
  package var sort: String?

  package init() {}

  /// The program's commands do not see the BSON module.
  package typealias Time = BSONDate

  /// A user's `_id` as people write it; nil for anything but 24 hexadecimal digits.
  package static func user(_ text: String) -> ObjectID? { ObjectID(hex: text) }

  /// A time as users give it: an ISO 8601 instant, or a date for its first moment; UTC unless it says otherwise.
  package static func time(_ text: String) -> BSONDate? {
    // The reader of texts looks a word ahead.
    let document = BSONDocument { $0.append("v", text) }
    return document.withView { view in view["v"].flatMap { StravaDate($0)?.date } }
  }

  /// A filter as users give it.
  ///
  /// - Throws: `StoreFailure` with the reason, where it is not an Extended JSON document.
  package static func filter(_ text: String) throws(StoreFailure) -> BSONDocument {
    do {
      return try ExtendedJSON.document(text)
    } catch {
      throw StoreFailure(error.message)
    }
  }

  /// False where the collection has no such field, or one that has no order to speak of.
  ///
  /// - Parameter sort: a field, with `-` before it for descending order.
  package static func canSort(by sort: String, in collection: String) -> Bool { sortKey(sort, in: collection) != nil }

  private static func sortKey(_ text: String, in collection: String) -> ScanQuery.SortKey? {
    let name = text.hasPrefix("-") ? String(text.dropFirst()) : text
    guard let fields = StoredCollection.named(collection)?.fields,
      let type = FlatColumns(fields).type(at: name), type != .array, type != .document
    else { return nil }
    return ScanQuery.SortKey(field: name, isDescending: text.hasPrefix("-"))
  }

  /// The query for one collection.
  ///
  /// - Parameter owner: `_id` of the user that `athlete` or `user` names; nil where there is none.
  package func query(_ collection: String, owner: ObjectID?) -> ScanQuery {
    var conditions: [BSONDocument] = []
    if let owner {
      conditions.append(BSONDocument { $0.append(collection == Collections.users ? "_id" : "user_id", owner) })
    }
    switch collection {
    case Collections.activities:
      conditions += isLocal ? localTimes : times("start_date", since, until)
      if !sports.isEmpty { conditions.append(.filter("sport_type", in: sports.map(BSONValue.string)[...])) }
    case Collections.insights: conditions += times("created_at", since, until)
    default: break
    }
    if let filter { conditions.append(filter) }
    return ScanQuery(
      filter: .all(conditions), sort: sort.flatMap { Self.sortKey($0, in: collection) }, limit: limit)
  }

  /// Matches the activities that have no local start and would else be in the range; nil where `isLocal` leaves none out.
  func withoutLocalStart(owner: ObjectID?) -> BSONDocument? {
    guard isLocal else { return nil }
    var other = self
    other.isLocal = false
    (other.since, other.until) = (since.map(Self.dayBefore), until.map(Self.dayAfter))
    let missing = BSONDocument { condition in
      let local = condition.open("start_date_local")
      let not = condition.open("$not")
      condition.append("$type", "date")
      condition.close(not)
      condition.close(local)
    }
    return .all([other.query(Collections.activities, owner: owner).filter, missing])
  }

  private static func dayBefore(_ date: BSONDate) -> BSONDate {
    BSONDate(milliseconds: date.milliseconds - 86_400_000)
  }
  private static func dayAfter(_ date: BSONDate) -> BSONDate {
    BSONDate(milliseconds: date.milliseconds + 86_400_000)
  }

  /// Of an activity that names its athlete, who that is decides, whatever user it refers to. Not a part of the query: not
  /// every server's planner finds the index then.
  package func takes(_ document: BSONDocument, of collection: String) -> Bool {
    guard let athlete, collection == Collections.activities else { return true }
    return document.withView { view in view["athlete_id"]?.wholeNumber.map { $0 == athlete } ?? true }
  }

  private func times(_ field: String, _ since: BSONDate?, _ until: BSONDate?) -> [BSONDocument] {
    guard since != nil || until != nil else { return [] }
    return [
      BSONDocument { condition in
        let range = condition.open(name: field)
        if let since { condition.append("$gte", since) }
        if let until { condition.append("$lt", until) }
        condition.close(range)
      }
    ]
  }

  /// The local time decides; that the instant is at most a day off lets the indexes on it help.
  private var localTimes: [BSONDocument] {
    times("start_date_local", since, until)
      + times("start_date", since.map(Self.dayBefore), until.map(Self.dayAfter))
  }
}
