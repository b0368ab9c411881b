import Findings

/// The kind of a JSON object. The raw values are the names in summaries and in `--json`.
public enum RecordKind: String, CaseIterable, Sendable, Codable {
  // Kinds that are stored.
  case activity, athlete, token, insight
  /// Stored if the athlete is known, and skipped otherwise.
  case athleteZones = "athlete_zones"
  /// A row of `activities.csv` in the account archive.
  case exportRow = "export_row"
  // Kinds of Strava records that are not stored.
  case webhookEvent = "webhook_event"
  case activityZone = "activity_zone"
  case streams, lap, split
  case segmentEffort = "segment_effort"
  case activityPart = "activity_part"
  case segment, route, gear, photo, comment, club, upload, subscription
  case clubEvent = "club_event"
  case athleteStats = "athlete_stats"
  case athleteWithoutID = "athlete_without_id"
  case meta
  /// A message of a protocol around records. It is never counted, because its members are those of a wrapper.
  case protocolLine = "protocol_line"
  /// A document of the platform with an activity in its `raw_data`. It is never counted, because it is a wrapper.
  case documentRow = "document_row"
  // Kinds that are rejected with their own message.
  case apiError = "api_error"
  case webSiteActivity = "web_site_activity"
  case clubActivity = "club_activity"
  case bulkExportRow = "bulk_export_row"
  case derivedActivity = "derived_activity"
  case jsonSchema = "json_schema"
  case exportedDocument = "exported_document"
  case partialRecord = "partial_record"
  case unrecognised

  /// The action of import for records of a kind.
  public enum Disposition: Sendable, Equatable {
    case stored
    /// The record is counted by kind; it is not a failure.
    case skipped
    /// The record is rejected with an error under this rule.
    case refused(Rule)
  }

  public var disposition: Disposition {
    switch self {
    case .activity, .athlete, .token, .athleteZones, .exportRow, .insight: .stored
    case .apiError: .refused(.apiError)
    case .webSiteActivity: .refused(.webSiteObject)
    case .clubActivity: .refused(.clubActivity)
    case .bulkExportRow: .refused(.bulkExportRow)
    case .derivedActivity: .refused(.derivedActivity)
    case .jsonSchema: .refused(.jsonSchema)
    case .exportedDocument: .refused(.exportedDocument)
    case .partialRecord: .refused(.partialRecord)
    case .unrecognised: .refused(.unrecognised)
    default: .skipped
    }
  }

  /// The name in the singular with its article, for messages.
  public var humanName: String {
    switch self {
    case .activity: "an activity"
    case .athlete: "an athlete"
    case .token: "a token response"
    case .insight: "an insight"
    case .webhookEvent: "a webhook event"
    case .athleteZones: "an athlete's zones"
    case .exportRow: "a row of the account archive"
    case .activityZone: "an activity's zone"
    case .streams: "streams"
    case .lap: "a lap"
    case .split: "a split"
    case .segmentEffort: "a segment effort"
    case .activityPart: "a part of an activity"
    case .segment: "a segment"
    case .route: "a route"
    case .gear: "gear"
    case .photo: "a photo"
    case .comment: "a comment"
    case .club: "a club"
    case .upload: "an upload"
    case .subscription: "a webhook subscription"
    case .clubEvent: "a club event"
    case .athleteStats: "an athlete's statistics"
    case .athleteWithoutID: "an athlete without an id (a kudoer or a club member)"
    case .meta: "a bare reference"
    case .protocolLine: "a line of a synchronization protocol"
    case .documentRow: "a document of the platform"
    case .apiError: "an API error"
    case .webSiteActivity: "an activity of the web site"
    case .clubActivity: "a club's activity"
    case .bulkExportRow: "a row of the bulk export"
    case .derivedActivity: "a derived activity"
    case .jsonSchema: "a JSON Schema"
    case .exportedDocument: "an exported document"
    case .partialRecord: "a part of a record"
    case .unrecognised: "an object of unknown kind"
    }
  }

  /// The reason why a record of this kind is skipped.
  var reasonToSkip: String {
    self == .athleteZones ? "they name no athlete, and are in no object that does" : "this kind is not stored"
  }

  /// The reason why records of this kind are rejected; nil for other kinds.
  public var refusal: String? {
    switch self {
    case .apiError: "this is an error response of the API, not a record; repeat the request"
    case .webSiteActivity: "this object is from the Strava web site, not from the API; fetch the activity from the API"
    case .clubActivity: "this activity is from a club feed and has no id; fetch the activity itself"
    case .bulkExportRow:
      "this is a row of activities.csv that another program converted to JSON; import the account archive itself"
    case .derivedActivity:
      "this activity has neither resource_state nor upload_id, so it is not an original response of the API; import that"
    case .jsonSchema: "this is a JSON Schema, not a record"
    case .exportedDocument:
      "this document was written by strava-store export; to import its record, export it with --format raw --decrypt"
    case .partialRecord:
      "parts of this record were omitted by export (see $left_out), and its import would delete them; export it with --format raw --decrypt"
    case .unrecognised: "this object is not of a known kind"
    default: nil
    }
  }
}

/// A kind, with the level of detail of the object.
public struct Detected: Sendable, Equatable {
  public var kind: RecordKind
  /// The level of detail as the content shows it, in the values of Strava's `resource_state`: 1 for id only, 2 for
  /// summary, 3 for detailed; 0 for kinds without levels. It may differ from the claimed `resource_state`. For a row of
  /// the account archive, it is the number of cells with content.
  public var rank: Int32

  public init(_ kind: RecordKind, rank: Int32 = 0) {
    self.kind = kind
    self.rank = rank
  }
}
