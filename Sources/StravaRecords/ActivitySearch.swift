import BSON

/// A search for complete Strava activities inside an object that is not a wrapper: a skipped record, an object that is
/// not a record, or the unknown members of a stored record. Nothing else in such an object is a record, except an
/// athlete's zones directly inside the athlete. Athletes in comments, kudos or efforts are third parties.
///
/// The search does not continue inside an activity that it found. The code that reads the activity finds its unknown
/// members.
public struct ActivitySearch {
  public private(set) var found: [FoundRecord] = []
  private var path: PointerPath

  /// - Parameter path: the path of the object to search.
  init(_ path: PointerPath) { self.path = path }

  /// Searches members of a record that is stored.
  ///
  /// - Parameters:
  ///   - members: the members that are not in the schema of the record.
  ///   - record: the record, with its pointer and the athlete id of the enclosing object.
  public init(unknownMembers members: [UnknownMember], of record: FoundRecord) {
    path = PointerPath()
    let own = record.view.namedAthlete ?? Self.athlete(of: record.view, record.detected.kind)
    let athlete = own ?? record.enclosingAthlete
    for member in members {
      path = PointerPath(below: record.pointer, member.outer)
      if record.detected.kind == .athlete, member.outer == nil, takeZones(member.element, athlete: athlete) { continue }
      look(at: member.element, athlete: athlete)
    }
  }

  /// Adds a member of an athlete to the results if it is the athlete's zones. Returns whether it is.
  private mutating func takeZones(_ element: BSONElement, athlete: Int64?) -> Bool {
    guard let object = element.value.document else { return false }
    let detected = RecordKind.detect(object)
    guard detected.kind == .athleteZones else { return false }
    path.push(element)
    found.append(FoundRecord(view: object, pointer: path.text, detected: detected, enclosingAthlete: athlete))
    path.pop()
    return true
  }

  /// Searches all members of an object of a kind.
  mutating func look(into object: BSONView, _ kind: RecordKind, athlete outer: Int64?) {
    let athlete = Self.athlete(of: object, kind) ?? outer
    for member in object { look(at: member, athlete: athlete) }
  }

  /// Searches a member of an object.
  ///
  /// - Parameter athlete: the athlete id that the object names, or that of the enclosing object.
  mutating func look(at element: BSONElement, athlete: Int64?) {
    if let object = element.value.document {
      path.push(element)
      defer { path.pop() }
      let members = RecordMembers(object)
      let marks = Marks(of: members)
      if let activity = RecordKind.wholeActivity(marks, in: object) {
        found.append(
          FoundRecord(view: object, pointer: path.text, detected: activity, enclosingAthlete: athlete))
        return
      }
      // Detecting the kind of an object is slower than scanning it, and is only useful if it contains objects or
      // arrays.
      guard object.contains(where: { $0.value.is(.document) || $0.value.is(.array) }) else { return }
      let kind = RecordKind.other(marks, of: members).kind
      if kind == .partialRecord || kind == .exportedDocument { return }
      look(into: object, kind, athlete: athlete)
    } else if let array = element.value.array {
      path.push(element)
      for inner in array { look(at: inner, athlete: athlete) }
      path.pop()
    }
  }

  /// Returns the id of the athlete to whom activities belong that are inside an object of a kind and name no athlete;
  /// nil if the object does not identify the athlete.
  private static func athlete(of object: BSONView, _ kind: RecordKind) -> Int64? {
    switch kind {
    case .athlete: object["id"].flatMap(StravaID.init)?.value
    case .webhookEvent: object["owner_id"].flatMap(StravaID.init)?.value
    // The athlete in such an object is its author.
    case .comment, .athleteWithoutID, .club, .clubEvent, .clubActivity: nil
    default: object.namedAthlete
    }
  }
}

/// An object or an array that is not in the schema of its record, and that may contain records.
public struct UnknownMember {
  public let element: BSONElement
  /// The name of the record's object that contains the member; nil for the record itself.
  let outer: String?
}

extension BSONView {
  /// The id in the member `athlete`, an object; nil without one.
  public var athleteObjectID: Int64? { self["athlete"]?.document?["id"].flatMap(StravaID.init)?.value }

  /// The id of the athlete that the object names: in `athlete` (an object with an id), in `athlete_id`, or in its only
  /// member that is an athlete.
  var namedAthlete: Int64? {
    if let id = athleteObjectID { return id }
    if let id = self["athlete_id"].flatMap(StravaID.init) { return id.value }
    var only: Int64?
    for member in self {
      // An object without a first name is not an athlete, and most objects have none.
      guard let view = member.value.document, view["firstname"] != nil, RecordKind.detect(view).kind == .athlete
      else { continue }
      if only != nil { return nil }
      only = view["id"].flatMap(StravaID.init)?.value
    }
    return only
  }
}
