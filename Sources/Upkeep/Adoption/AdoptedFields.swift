import BSON
import Findings
import Sealing
import StoreAccess

/// What a pass over the documents of one collection changes in a document, and why some of it cannot be changed.
protocol FormChange {
  /// The paths that a change is computed from.
  static var sources: [String] { get }

  var change: DocumentChange { get }
  /// The reason why the document cannot be changed as a whole; nil if it can.
  var fault: Finding? { get }
  /// True if nothing in the document says whose it is.
  var isOwnerless: Bool { get }
}

/// The fields of the platform's form that an activity lacks, and where their values come from.
struct AdoptedFields: FormChange {
  /// The paths that a change is computed from.
  static let sources = [
    "strava_activity_id", "strava_id", "activity_type", "type", "athlete_id", "user_id", "raw_data.id", "raw_data.type",
    "raw_data.athlete.id",
  ]

  /// The fields to add. A null counts as a missing field, because the backend writes null for what it does not know.
  let change: DocumentChange
  /// The reason why the document cannot be adopted as a whole; nil if it can.
  let fault: Finding?
  /// True if nothing in the document says whose activity it is.
  let isOwnerless: Bool

  /// - Parameter owners: The Strava ids of users by `_id`.
  init(_ document: BSONView, owners: [ObjectID: Int64?]) {
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    let raw = document["raw_data"]?.document
    var fault = Self.fillIDs(of: document, raw, &change)
    Self.fill("type", from: "activity_type", of: document, raw, &change)
    Self.fill("activity_type", from: "type", of: document, raw, &change)
    isOwnerless = !Self.fillAthlete(of: document, raw, owners, &change)
    if fault == nil, document["user_id"]?.objectID != nil {
      fault = Finding(
        .otherForm, "user_id is an object id, as in the specification's form; it was kept", pointer: "/user_id")
    }
    (self.change, self.fault) = (change, fault)
  }

  private static func fillIDs(of document: BSONView, _ raw: BSONView?, _ change: inout DocumentChange) -> Finding? {
    let (own, other) = (id(document["strava_activity_id"]), id(document["strava_id"]))
    if let own, let other, own != other {
      return Finding(
        .conflictingIDs, "strava_activity_id and strava_id differ; find out which activity it is, and correct one",
        pointer: "/strava_id")
    }
    guard let wanted = own ?? other ?? id(raw?["id"]) else {
      return Finding(
        .conflictingIDs, "neither strava_activity_id, strava_id nor raw_data.id is a Strava id above 0",
        pointer: "/strava_activity_id")
    }
    if own == nil { change.add("strava_activity_id", from: value(document["strava_activity_id"]), to: .int64(wanted)) }
    if other == nil { change.add("strava_id", from: value(document["strava_id"]), to: .int64(wanted)) }
    if own != nil { change.requireIfChanged("strava_activity_id", of: document) }
    if other != nil { change.requireIfChanged("strava_id", of: document) }
    return nil
  }

  /// Adds a text that a field lacks from its twin, or from the record.
  private static func fill(
    _ name: StaticString, from twin: StaticString, of document: BSONView, _ raw: BSONView?,
    _ change: inout DocumentChange
  ) {
    guard document[name].map(\.isNull) ?? true else { return }
    guard let text = text(document[twin]) ?? text(raw?["type"]) else { return }
    change.add("\(name)", from: value(document[name]), to: text)
    if document[twin] != nil { change.requireIfChanged(twin, of: document) }
  }

  /// - Returns: False if nothing says whose activity it is.
  private static func fillAthlete(
    of document: BSONView, _ raw: BSONView?, _ owners: [ObjectID: Int64?], _ change: inout DocumentChange
  ) -> Bool {
    if id(document["athlete_id"]) != nil { return true }
    let user = document["user_id"]
    let owner = id(user) ?? user?.objectID.flatMap { owners[$0] ?? nil }
    guard let athlete = owner ?? id(raw?["athlete"]?.document?["id"]) else { return false }
    change.add("athlete_id", from: value(document["athlete_id"]), to: .int64(athlete))
    if owner != nil { change.requireIfChanged("user_id", of: document) }
    return true
  }

  private static func id(_ field: BSONField?) -> Int64? { field?.wholeNumber.flatMap { $0 > 0 ? $0 : nil } }
  private static func value(_ field: BSONField?) -> BSONValue? { field.map(BSONValue.init) }
  private static func text(_ field: BSONField?) -> BSONValue? {
    field.flatMap { $0.text?.isEmpty == false ? BSONValue($0) : nil }
  }
}

extension DocumentChange {
  /// Requires that a field is unchanged in the store, if the change contains anything.
  fileprivate mutating func requireIfChanged(_ name: StaticString, of document: BSONView) {
    if !isEmpty { require("\(name)", document[name].map(BSONValue.init)) }
  }
}
