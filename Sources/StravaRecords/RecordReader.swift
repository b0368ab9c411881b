import BSON
import Findings

/// A typed record.
public enum Model: Sendable, Equatable {
  /// An activity, in a box because it is large: reading an indirect case copies its value, and there are millions of
  /// them.
  case activity(Box<Activity>)
  indirect case athlete(Athlete)
  indirect case token(TokenResponse)
  indirect case athleteZones(AthleteZones)
  indirect case insight(Insight)

  /// Writes the typed fields in the order of the stored document.
  public func appendStoredFields(to document: inout BSONWriter) {
    switch self {
    case .activity(let model): model.value.appendStoredFields(to: &document)
    case .athlete(let model): model.appendStoredFields(to: &document)
    case .token(let model): model.appendStoredFields(to: &document)
    case .athleteZones(let model): model.appendStoredFields(to: &document)
    case .insight(let model): model.appendStoredFields(to: &document)
    }
  }
}

/// A value that is passed by reference.
public final class Box<Value: Sendable & Equatable>: Sendable, Equatable {
  public let value: Value

  public init(_ value: consuming Value) { self.value = value }

  public static func == (a: Box, b: Box) -> Bool { a.value == b.value }
}

/// The result of reading one record.
public struct Reading {
  /// The typed record; nil if there is an error, and for kinds that are not stored.
  public var model: Model?
  /// The errors and warnings with their JSON Pointer. The caller adds the file and the position.
  public var findings: [Finding]
  /// The members that are not in the schema and may contain records.
  public var unknownMembers: [UnknownMember] = []

  public var isRejected: Bool { findings.contains { $0.severity == .error } }
}

/// A reader that checks records against their schema and creates typed models. Each worker has its own.
///
/// All findings of a record are reported, not only the first. Notes are counted in `notes`.
///
/// ```
/// var reader = RecordReader()
/// let reading = reader.read(record, RecordKind.detect(record))
/// for finding in reading.findings { print(finding.message) }
/// ```
public struct RecordReader {
  public private(set) var notes = NoteCounts()

  private let decoder = BSONDecoder()
  private var schemas = CompiledSchemas()
  /// The positions of the fields of the current record.
  private let numberedFields = NumberedFields()

  public init() {}

  /// Returns the notes counted so far, and resets them.
  public mutating func takeNotes() -> NoteCounts {
    defer { notes = NoteCounts() }
    return notes
  }

  /// Counts a member of a wrapper that belongs to no record.
  public mutating func noteWrapperKey(_ key: WrapperKey) {
    notes.add(.wrapperKeys, .unrecognised, field: key.name, at: key.pointer)
  }

  /// Counts a record in Extended JSON, by its file.
  public mutating func noteExtendedJSON(in file: String, at pointer: String) {
    notes.add(.extendedJSON, .unrecognised, value: file, at: pointer)
  }

  /// Reads a record. A record of a skipped kind produces one note, and a record of a rejected kind produces one error.
  ///
  /// - Parameters:
  ///   - outline: the outline of the record, with the tags of `RecordKeys`.
  ///   - rules: the severities of the rules. Findings that are notes are only counted; the caller applies the
  ///     severities to the others.
  public mutating func read(
    _ record: BSONView, _ detected: Detected, outline: BSONOutline? = nil, rules: RuleSettings = .standard
  ) -> Reading {
    let kind = detected.kind
    if kind == .exportRow { return readRow(record, rules) }
    return readMembers(record, detected, outline: outline, as: kind, rules)
  }

  /// Reads the members of a record.
  ///
  /// - Parameter kind: the kind under which notes are counted.
  mutating func readMembers(
    _ record: BSONView, _ detected: Detected, outline: BSONOutline?, as kind: RecordKind, _ rules: RuleSettings
  ) -> Reading {
    guard let fields = schemas.fields(of: detected.kind) else { return unread(detected, rules) }
    var check = RecordCheck(kind: kind, rules: rules, numberedFields: numberedFields, notes: notes)
    notes = NoteCounts()  // The check has the only reference while it runs, so nothing is copied.
    let members = RecordMembers(record, outline)
    check.run(members, fields)
    notes = check.notes
    var reading = Reading(model: nil, findings: check.findings, unknownMembers: check.unknown)
    if !check.failed { decode(members, detected, rules, &reading) }
    return reading
  }

  /// Skips a record of a stored kind in the same way as records of skipped kinds.
  public mutating func skip(_ record: BSONView, _ detected: Detected, rules: RuleSettings = .standard) -> Reading {
    var reading = unread(detected, rules)
    reading.unknownMembers = record.compactMap { member in
      guard member.value.is(.document) || member.value.is(.array) else { return nil }
      return UnknownMember(element: member, outer: nil)
    }
    return reading
  }

  private mutating func unread(_ detected: Detected, _ rules: RuleSettings) -> Reading {
    if case .refused(let rule) = detected.kind.disposition {
      return Reading(
        model: nil, findings: [Finding(rule, detected.kind.refusal ?? detected.kind.humanName, pointer: "")])
    }
    switch rules.severity(of: .skippedKind) {
    case .note: notes.add(.skippedKind, detected.kind)
    case nil: break
    case let severity?:
      let finding = Finding(
        .skippedKind, "\(detected.kind.humanName): \(detected.kind.reasonToSkip)", severity: severity, pointer: "")
      return Reading(model: nil, findings: [finding])
    }
    return Reading(model: nil, findings: [])
  }

  private mutating func decode(
    _ members: RecordMembers, _ detected: Detected, _ rules: RuleSettings, _ reading: inout Reading
  ) {
    let record = members.object
    do {
      switch detected.kind {
      case .activity:
        var activity = try Activity(record, numberedFields, numbers: schemas.activityNumbers)
        activity.resourceState = detected.rank
        if activity.athleteID == nil { activity.athleteID = flatOwner(of: .activity, members, &reading) }
        crossCheck(activity, members, rules, &reading)
        reading.model = .activity(Box(consume activity))
      case .athlete:
        var athlete = try decoder.decode(Athlete.self, from: record)
        athlete.resourceState = detected.rank
        reading.model = .athlete(athlete)
      case .token:
        var token = try decoder.decode(TokenResponse.self, from: record)
        if token.athleteID == nil { token.athleteID = flatOwner(of: .token, members, &reading) }
        reading.model = .token(token)
      case .athleteZones:
        var zones = AthleteZones(record)
        if zones.athleteID == nil { zones.athleteID = flatOwner(of: .athleteZones, members, &reading) }
        reading.model = .athleteZones(zones)
      case .insight: reading.model = .insight(try decoder.decode(Insight.self, from: record))
      default: break
      }
    } catch {
      // The check should reject every value that the model cannot decode. If it does not, the record is rejected and
      // the program continues.
      reading.findings.append(Finding(.wrongType, "a value of this record cannot be decoded", pointer: error.pointer))
    }
  }

  /// Returns the athlete that a flattened record names in its own key. A value that is not an id is ignored, because
  /// the key may belong to another program.
  private func flatOwner(of schema: RecordSchema, _ members: RecordMembers, _ reading: inout Reading) -> Int64? {
    let keys = schema.flatOwnerKeys.map(RecordKeys.shared.number)
    var found: (index: Int, id: StravaID)?
    for (element, key) in members {
      guard let index = keys.firstIndex(of: key), index < found?.index ?? .max, let id = StravaID(element.value) else {
        continue
      }
      found = (index, id)
    }
    guard let found else { return nil }
    if found.id.wasResaved {
      reading.findings.append(
        Finding(
          .resavedIdentifier,
          "the athlete's id is not written as a whole number; the program that wrote it may have changed digits",
          pointer: "/" + schema.flatOwnerKeys[found.index].pointerStep))
    }
    return found.id.value
  }

  private mutating func crossCheck(
    _ activity: Activity, _ record: RecordMembers, _ rules: RuleSettings, _ reading: inout Reading
  ) {
    var checks = CrossChecks()
    checks.check(activity, record, map: numberedFields[schemas.activityMap]?.document)
    for finding in checks.findings {
      if rules.severity(of: finding.rule) == .note {
        let field = String((finding.pointer ?? "").dropFirst()).replacing("/", with: ".")
        notes.add(finding.rule, .activity, field: field, at: finding.pointer ?? "")
      } else {
        reading.findings.append(finding)
      }
    }
  }
}

extension Error {
  /// The JSON Pointer of the value that could not be decoded.
  fileprivate var pointer: String {
    let path: [any CodingKey]
    switch self as? DecodingError {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      path = context.codingPath
    case .keyNotFound(let key, let context): path = context.codingPath + [key]
    default: path = []
    }
    return path.map { "/" + $0.stringValue.pointerStep }.joined()
  }
}
