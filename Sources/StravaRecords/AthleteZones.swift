import BSON

/// The heart-rate and power zones of an athlete. The API returns them for the authenticated athlete.
public struct AthleteZones: Sendable, Equatable {
  /// The id of the athlete; nil if the response names none, which is always so in Strava's own responses. The enclosing
  /// object or the user may name the athlete.
  public var athleteID: Int64?
  /// The unchanged values of `heart_rate` and `power`.
  private let zones: [UInt8]

  init(_ record: BSONView) {
    athleteID = record.athleteObjectID
    var document = BSONWriter()
    let start = document.begin()
    for element in record where element.hasKey("heart_rate") || element.hasKey("power") { document.append(element) }
    document.end(start)
    zones = Array(document.out.bytes)
  }

  /// Writes the zones of a user. The caller writes the user's id.
  public func appendStoredFields(to document: inout BSONWriter) {
    zones.withUnsafeBytes { document.append("zones", document: $0) }
  }

  /// Returns whether a response names the athlete, as the output of some programs does.
  public static func nameAthlete(_ record: BSONView) -> Bool {
    if record.athleteObjectID != nil { return true }
    return record.contains { member in
      RecordSchema.flatOwner.contains { member.key.elementsEqual($0.utf8) } && StravaID(member.value) != nil
    }
  }
}

extension RecordSchema {
  /// The schema of zones, which are the third part of a user document.
  public static let athleteZones = RecordSchema(
    kind: .athleteZones, collection: "users",
    description: "An athlete's heart-rate and power zones as Strava's API sends them.",
    fields: [
      .readOnly("heart_rate", .object, "Heart-rate zones.").holding(
        [.readOnly("custom_zones", .flag, "True if the athlete set the zones, false if Strava did.").like(false)],
        other: ["zones"]
      ).like(["custom_zones": false, "zones": [["min": 0, "max": 115], ["min": 115, "max": -1]]]),
      .readOnly("power", .object, "Power zones.").holding(
        [.readOnly("custom_zones", .flag, "True if the athlete set the zones, false if Strava did.").like(false)],
        other: ["zones"]
      ).like(["zones": [["min": 0, "max": 180], ["min": 181, "max": -1]]]),
      .storeOnly("zones", .document, "Heart-rate and power zones, as Strava sent them.", owner: .record).like([
        "heart_rate": ["custom_zones": false, "zones": [["min": 0, "max": 115], ["min": 115, "max": -1]]]
      ]).missing("users whose zones were never imported"),
      .readOnly("athlete", .object, "The athlete to whom the zones belong. Strava does not send it.").holding(
        [.readOnly("id", .identifier, "The athlete's id at Strava.").like(900_000_001)], other: athlete.allKeys),
    ]
      + closing(
        half: .storeOnly(
          "zones", .document, "The zones, sealed as a whole if health is sealed, otherwise value by value."
        )
        .rawRecord),
    otherKeys: ["resource_state"], flatOwnerKeys: RecordSchema.flatOwner)
}
