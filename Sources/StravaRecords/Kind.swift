import Findings

/// What a JSON object is. The raw values are the names that summaries and `--json` use.
public enum RecordKind: String, CaseIterable, Sendable, Codable {
  // Stored
  case activity, athlete, token, insight
  /// Stored where it is known whose they are, and skipped elsewhere.
  case athleteZones = "athlete_zones"
  // Of Strava, but not kept
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
  /// Of a protocol around records: never counted, since its members are a wrapper's.
  case protocolLine = "protocol_line"
  /// A document of the platform around the activity in its `raw_data`: never counted, since it is a wrapper.
  case documentRow = "document_row"
  // Refused by name
  case apiError = "api_error"
  case webSiteActivity = "web_site_activity"
  case clubActivity = "club_activity"
  case bulkExportRow = "bulk_export_row"
  case derivedActivity = "derived_activity"
  case jsonSchema = "json_schema"
  case exportedDocument = "exported_document"
  case partialRecord = "partial_record"
  case unrecognised

  /// What import does with a record of this kind.
  public enum Disposition: Sendable, Equatable {
    case stored
    /// Counted by name, no failure.
    case skipped
    /// An error under that rule.
    case refused(Rule)
  }

  public var disposition: Disposition {
    switch self {
    case .activity, .athlete, .token, .athleteZones, .insight: .stored
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

  /// As people say it, in the singular, with its article.
  public var humanName: String {
    switch self {
    case .activity: "an activity"
    case .athlete: "an athlete"
    case .token: "a token response"
    case .insight: "an insight"
    case .webhookEvent: "a webhook event"
    case .athleteZones: "an athlete's zones"
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

  /// Why a record of this kind is skipped.
  var reasonToSkip: String {
    self == .athleteZones ? "they name no athlete, and are in no object that does" : "this kind is not stored"
  }

  /// Why a refused kind is refused; nil for the others.
  public var refusal: String? {
    switch self {
    case .apiError: "this is an error response of the API, not a record; repeat the request"
    case .webSiteActivity: "this object is from the Strava web site, not from the API; fetch the activity from the API"
    case .clubActivity: "this activity is from a club feed and has no id; fetch the activity itself"
    case .bulkExportRow:
      "this is a row of activities.csv from the bulk export, not an object of the API; fetch the activity from the API"
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

/// A kind and how much of the object it is.
public struct Detected: Sendable, Equatable {
  public var kind: RecordKind
  /// Strava's `resource_state` as the content shows it, not as it is claimed: 1 known by id only, 2 summary,
  /// 3 detailed; 0 where it means nothing.
  public var rank: Int32

  public init(_ kind: RecordKind, rank: Int32 = 0) {
    self.kind = kind
    self.rank = rank
  }
}
