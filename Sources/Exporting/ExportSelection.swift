import BSON
import Mongo
import StoreAccess
import StravaRecords

/// The documents that an export selects, and their order.
package struct ExportSelection: Sendable {
  /// The Strava id of an athlete.
  package var athlete: Int64?
  /// The `_id` of a user.
  package var user: ObjectID?
  /// The first moment of activities and insights that is included, and the first later one that is not.
  package var since: BSONDate?
  package var until: BSONDate?
  /// True if the two times are local times at the activity's location.
  package var isLocal = false
  /// The values of `sport_type`.
  package var sports: [String] = []
  /// A filter in Extended JSON.
  package var filter: BSONDocument?
  package var limit: Int?
  /// A field to sort by, with `-` before it for descending order.
  package var sort: String?

  package init() {}

  /// This exists because the program's commands do not import the BSON module.
  package typealias Time = BSONDate

  /// Parses a user's `_id`; nil for anything except 24 hexadecimal digits.
  package static func user(_ text: String) -> ObjectID? { ObjectID(hex: text) }

  /// Parses a time from the user: an ISO 8601 instant, or a date for its first moment. The time zone is UTC unless the
  /// text contains another one.
  package static func time(_ text: String) -> BSONDate? {
    // The text reader reads one machine word beyond the text.
    let document = BSONDocument { $0.append("v", text) }
    return document.withView { view in view["v"].flatMap { StravaDate($0)?.date } }
  }

  /// Parses a filter from the user.
  ///
  /// - Throws: `StoreFailure` with the reason if it is not an Extended JSON document.
  package static func filter(_ text: String) throws(StoreFailure) -> BSONDocument {
    do {
      return try ExtendedJSON.document(text)
    } catch {
      throw StoreFailure(error.message)
    }
  }

  /// Returns false if the collection has no such field, or if the field has no useful order.
  ///
  /// - Parameter sort: A field, with `-` before it for descending order.
  package static func canSort(by sort: String, in collection: String) -> Bool { sortKey(sort, in: collection) != nil }

  private static func sortKey(_ text: String, in collection: String) -> ScanQuery.SortKey? {
    let name = text.hasPrefix("-") ? String(text.dropFirst()) : text
    let types = StoreForm.allCases.compactMap { FlatColumns.of(collection, in: $0).type(at: name) }
    guard let type = types.first, type != .array, type != .document else { return nil }
    return ScanQuery.SortKey(field: name, isDescending: text.hasPrefix("-"))
  }

  /// Returns the queries for one collection, which together find each selected document once. A sorted or limited
  /// selection has one query, which finds documents by `user_id` only.
  ///
  /// - Parameters:
  ///   - owner: The owner that `athlete` or `user` names; nil if there is none.
  ///   - form: The form of the database.
  package func queries(
    _ collection: String, of owner: ExportOwner?, in form: StoreForm
  ) -> [(reference: ExportOwner.Reference?, query: ScanQuery)] {
    guard let owner else { return [(nil, query(collection))] }
    switch collection {
    case Collections.users: return [(nil, query(collection, where: BSONDocument { $0.append("_id", owner.user) }))]
    case Collections.activities, Collections.insights:
      if sort != nil || limit != nil { return [(nil, query(collection, where: owner.condition(collection, in: form)))] }
      return owner.conditions(collection).map { ($0.reference, query(collection, where: $0.filter)) }
    default: return [(nil, query(collection))]
    }
  }

  /// Returns the query for one collection.
  ///
  /// - Parameter condition: A condition beside those of the selection.
  package func query(_ collection: String, where condition: BSONDocument? = nil) -> ScanQuery {
    var conditions = [condition].compactMap(\.self)
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

  /// Returns filters for activities without a local start that would otherwise be in the range; empty if `isLocal`
  /// excludes none.
  func withoutLocalStart(of owner: ExportOwner?, in form: StoreForm) -> [BSONDocument] {
    guard isLocal else { return [] }
    var other = self
    other.isLocal = false
    (other.since, other.until) = (since.map(Self.dayBefore), until.map(Self.dayAfter))
    let missing = BSONDocument { condition in
      let local = condition.begin("start_date_local")
      let not = condition.begin("$not")
      condition.append("$type", "date")
      condition.end(not)
      condition.end(local)
    }
    return other.queries(Collections.activities, of: owner, in: form).map { .all([$0.query.filter, missing]) }
  }

  private static func dayBefore(_ date: BSONDate) -> BSONDate {
    BSONDate(milliseconds: date.milliseconds - 86_400_000)
  }
  private static func dayAfter(_ date: BSONDate) -> BSONDate {
    BSONDate(milliseconds: date.milliseconds + 86_400_000)
  }

  /// Returns true if the owner matches. If an activity names its athlete, that id decides, whatever user it refers to.
  /// This is not part of the query, because not every server's planner would use the index then.
  package func takes(_ document: BSONDocument, of collection: String) -> Bool {
    guard let athlete, collection == Collections.activities else { return true }
    return document.withView { view in view["athlete_id"]?.wholeNumber.map { $0 == athlete } ?? true }
  }

  private func times(_ field: String, _ since: BSONDate?, _ until: BSONDate?) -> [BSONDocument] {
    guard since != nil || until != nil else { return [] }
    return [
      BSONDocument { condition in
        let range = condition.begin(name: field)
        if let since { condition.append("$gte", since) }
        if let until { condition.append("$lt", until) }
        condition.end(range)
      }
    ]
  }

  /// The local time decides. The instant differs from it by at most a day, so a condition on it lets the indexes help.
  private var localTimes: [BSONDocument] {
    times("start_date_local", since, until)
      + times("start_date", since.map(Self.dayBefore), until.map(Self.dayAfter))
  }
}
