import BSON

/// Looks for whole activities of Strava's inside an object that is not a wrapper: what is skipped, what is not a record, and
/// the unknown members of records that are stored. Nothing else inside these is a record of its own, but for an athlete's
/// zones directly inside the athlete; athletes in comments, kudos or efforts are third parties.
///
/// A found activity is not searched itself: whoever reads it finds its unknown members.
public struct ActivitySearch {
  public private(set) var found: [FoundRecord] = []
  private var path: PointerPath

  /// - Parameter path: where the object is that is searched.
  init(_ path: PointerPath) { self.path = path }

  /// Searches members of a record that is stored.
  ///
  /// - Parameters:
  ///   - members: those that the record's schema does not know.
  ///   - record: the record, with its pointer and the athlete id of the object around it.
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

  /// Takes a member of an athlete that is the athlete's zones.
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
  /// - Parameter athlete: the athlete id that the object names, or the one of the object around it.
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
      // To tell what the object is costs more than to look through it, and matters only where something is in it.
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

  /// Whose the activities are that stand in an object of a kind and name no athlete; nil where the object does not say.
  private static func athlete(of object: BSONView, _ kind: RecordKind) -> Int64? {
    switch kind {
    case .athlete: object["id"].flatMap(StravaID.init)?.value
    case .webhookEvent: object["owner_id"].flatMap(StravaID.init)?.value
    // The athlete in it is whoever wrote it.
    case .comment, .athleteWithoutID, .club, .clubEvent, .clubActivity: nil
    default: object.namedAthlete
    }
  }
}

/// A member that the schema of a record does not know, and that may hold records: an object or an array.
public struct UnknownMember {
  public let element: BSONElement
  /// The object of the record that contains it; nil for the record itself.
  let outer: String?
}

extension BSONView {
  /// The id of the athlete whom the object names: by `athlete` (an object with an id), `athlete_id`, or the only member
  /// that is an athlete.
  var namedAthlete: Int64? {
    if let id = self["athlete"]?.document?["id"].flatMap(StravaID.init) { return id.value }
    if let id = self["athlete_id"].flatMap(StravaID.init) { return id.value }
    var only: Int64?
    for member in self {
      // No object without a first name is an athlete; most objects have none.
      guard let view = member.value.document, view["firstname"] != nil, RecordKind.detect(view).kind == .athlete
      else { continue }
      if only != nil { return nil }
      only = view["id"].flatMap(StravaID.init)?.value
    }
    return only
  }
}
