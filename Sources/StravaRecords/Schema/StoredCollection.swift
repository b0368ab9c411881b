import BSON

/// The schema of a stored collection: the state that a database should have.
public struct StoredCollection: Sendable {
  public let name: String
  public let description: String
  /// The kinds of JSON records that import stores in the collection.
  public let records: [RecordSchema]
  /// The fields in the order of the stored document.
  public let fields: [FieldSchema]
  /// The indexes in addition to the one on `_id`.
  public let indexes: [IndexSchema]
  /// The form of the database that the collection belongs to.
  public let form: StoreForm

  /// The collections of a database in the specification's form.
  public static let all = [users, activities, insights, dataKeys]

  private static let ofPlatform = all.map(\.inPlatformForm)

  public static func all(in form: StoreForm) -> [StoredCollection] { form == .platform ? ofPlatform : all }

  public static func named(_ name: String, in form: StoreForm = .specification) -> StoredCollection? {
    all(in: form).first { $0.name == name }
  }

  public static let users = StoredCollection(
    "users", "One document for each Strava athlete: a profile, a token, zones, or a stub that is known by its id only.",
    records: [.athlete, .token, .athleteZones],
    indexes: [
      .on("strava_id", unique: true, serves: "sign-in, import"),
      .on("username_hash", sparse: true, serves: "look-up by user name, without plaintext"),
      .on("email_hash", sparse: true, serves: "look-up by e-mail address, without plaintext"),
      .on("access_token_hash", sparse: true, serves: "look-up by access token, without plaintext"),
      .on("token_expires_at", sparse: true, serves: "refresh of tokens that expire soon"),
    ])

  public static let activities = StoredCollection(
    "activities", "One document for each activity; a detailed record is never replaced by a summary.",
    records: [.activity], rows: [.exportRow],
    indexes: [
      .on("strava_activity_id", unique: true, serves: "import"),
      .on("user_id", "-start_date", serves: "latest activity, history, dashboards, ranges of dates"),
      .on("user_id", "sport_type", "-start_date", serves: "latest activity and history of a sport, trends"),
      .on("user_id", "type", "-start_date", serves: "the same by type"),
      .on("user_id", "-distance", serves: "longest activities, milestones"),
      .on("user_id", "-average_speed", serves: "fastest activities"),
      .on("user_id", "-total_elevation_gain", serves: "activities with the most climbing"),
      .on("-start_date", serves: "what is new on the whole platform"),
      .on("athlete_id", "-start_date", serves: "history by Strava id, exports and keys of an athlete"),
      .on("insights", sparse: true, serves: "activities that contain insights"),
    ])

  public static let insights = StoredCollection(
    "insights", "What the platform's models made of a user's activities.",
    records: [.insight],
    indexes: [
      .on("user_id", "-created_at", serves: "history of a user's insights"),
      .on("user_id", "insight_type", "-created_at", serves: "history of one type"),
      .on("activity_id", sparse: true, serves: "insights about an activity"),
      .on("user_id", "-confidence_score", serves: "best insights"),
    ])

  public static let dataKeys = StoredCollection(
    name: "data_keys", description: "The keys that athletes' sealed values are under, each wrapped by a master key.",
    records: [],
    fields: [
      .storeOnly("_id", .binary, "The key's id, as envelopes name it.", required: true, unit: "UUID"),
      .storeOnly("strava_id", .int64, "Whose values it seals.", required: true, range: .atLeast(1)).like(900_000_001)
        .pointing(to: "users", "strava_id"),
      .storeOnly("version", .int32, "The highest one seals, all of them open.", required: true, range: .atLeast(1))
        .like(1),
      .storeOnly("wrapped_key", .binary, "The key, sealed by the master key.", required: true),
      .storeOnly("master_key_id", .binary, "The master key that wraps it.", required: true, unit: "UUID"),
      .storeOnly("created_at", .date, "When it was made.", required: true).like(["$date": "2024-05-03T04:05:06Z"]),
      .storeOnly("retired_at", .date, "When a newer version took over.").like(["$date": "2025-05-03T04:05:06Z"])
        .missing("the version in use"),
    ],
    indexes: [.on("strava_id", "version", unique: true, serves: "sealing")])

  init(
    name: String, description: String, records: [RecordSchema], fields: [FieldSchema], indexes: [IndexSchema],
    form: StoreForm = .specification
  ) {
    self.name = name
    self.description = description
    self.records = records
    self.fields = fields
    self.indexes = indexes
    self.form = form
  }

  /// Creates a collection with the stored fields of its records.
  ///
  /// - Parameter rows: the kinds that come from tables.
  private init(
    _ name: String, _ description: String, records: [RecordSchema], rows: [RecordSchema] = [], indexes: [IndexSchema]
  ) {
    let fields = Self.merged((records + rows).flatMap(\.fields).filter { $0.stored != nil })
    self.init(name: name, description: description, records: records, fields: fields, indexes: indexes)
  }

  /// Returns the fields with each name once, at its last position, with the inner fields of all occurrences.
  private static func merged(_ fields: [FieldSchema]) -> [FieldSchema] {
    var merged: [FieldSchema] = []
    for field in fields {
      var field = field
      if let index = merged.firstIndex(where: { $0.stored?.name == field.stored?.name }) {
        field.fields = Self.merged(merged.remove(at: index).fields + field.fields)
      }
      merged.append(field)
    }
    return merged
  }
}
