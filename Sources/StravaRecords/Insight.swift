import BSON

/// An insight that the platform generated about an athlete or an activity.
public struct Insight: Codable, Sendable, Equatable {
  public struct Context: Codable, Sendable, Equatable {
    public var activityCount: Int32?
    public var timePeriod: String?
    public var sportType: String?
    /// The progress in percent, 0 to 100.
    public var milestoneProgress: Double?

    public enum CodingKeys: String, CodingKey, CaseIterable {
      case activityCount = "activity_count"
      case timePeriod = "time_period"
      case sportType = "sport_type"
      case milestoneProgress = "milestone_progress"
    }
  }

  public var userID: RecordReference
  public var activityID: RecordReference?
  public var insightType: String
  public var insightText: String
  public var recommendation: String?
  /// The confidence, 0 to 1.
  public var confidenceScore: Double?
  public var aiModel: String?
  public var contextData: Context?
  public var createdAtSent: StravaDate?

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case userID = "user_id"
    case activityID = "activity_id"
    case insightType = "insight_type"
    case insightText = "insight_text"
    case recommendation
    case confidenceScore = "confidence_score"
    case aiModel = "ai_model"
    case contextData = "context_data"
    case createdAtSent = "created_at"
  }

  /// The time at which the platform generated the insight; nil if the input does not contain it.
  public var createdAt: BSONDate? { createdAtSent?.date }

  /// Writes the typed fields in the order of the stored document. The caller resolves and writes `user_id`,
  /// `activity_id` and `created_at`.
  public func appendStoredFields(to document: inout BSONWriter) {
    document.append("insight_type", insightType)
    document.append("insight_text", insightText)
    document.append("recommendation", recommendation)
    document.append("confidence_score", confidenceScore)
    document.append("ai_model", aiModel)
    if let contextData, contextData != Context() {
      let inner = document.begin("context_data")
      document.append("activity_count", contextData.activityCount)
      document.append("time_period", contextData.timePeriod)
      document.append("sport_type", contextData.sportType)
      document.append("milestone_progress", contextData.milestoneProgress)
      document.end(inner)
    }
  }
}

/// A reference from an insight to a stored document, or to a record by its Strava id.
public enum RecordReference: BSONLeaf, Encodable, Sendable, Hashable {
  /// A document id, written as 24 hexadecimal digits.
  case document(ObjectID)
  case strava(StravaID)

  public init?(_ field: BSONField) {
    if let text = field.text, text.count == 24 {
      guard let id = ObjectID(hex: String(decoding: text, as: UTF8.self)) else { return nil }
      self = .document(id)
    } else {
      guard let id = StravaID(field) else { return nil }
      self = .strava(id)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .document(let id): try container.encode(id.description)
    case .strava(let id): try container.encode(id)
    }
  }
}

extension RecordSchema {
  /// The schema of insights, which the platform generates.
  public static let insight = RecordSchema(
    kind: .insight, collection: "insights", description: "An insight that the platform created.",
    fields: [
      .storeOnly("_id", .objectID, "The document's id, computed from the record's digest.", required: true)
        .like(["$oid": "65f0c0ffee0123456789abcf"]),
      .field(
        "user_id", .reference, "The user it is about: a hexadecimal document id, or the athlete's Strava id.",
        owner: .store,
        required: true
      ).like("65f0c0ffee0123456789abcd").pointing(to: "users", "_id"),
      .field(
        "activity_id", .reference, "The activity it is about: a hexadecimal document id, or the activity's Strava id.",
        owner: .store
      ).like(90_000_000_001).pointing(to: "activities", "_id").missing("insights that are not about one activity"),
      .field("insight_type", .text, "The type of the insight.", required: true).ofKnown([
        "performance", "training", "milestone",
      ])
      .like("training"),
      .field("insight_text", .text, "The text of the insight.", required: true).nonEmpty.like(
        "Your easy runs are easy."),
      .field("recommendation", .text, "What the athlete should do.").like("Keep it so.").missing(
        "insights without a recommendation"),
      .field("confidence_score", .number, "The model's confidence.", range: .between(0, 1)).like(0.75)
        .missing("models that do not provide it"),
      .field("ai_model", .text, "The model that wrote it.").like("a-model").missing("unknown"),
      .field("context_data", .object, "The data that the insight is based on.").holding([
        .field("activity_count", .int32, "Number of activities.", range: .atLeast(0)).like(12).missing("not counted"),
        .field("time_period", .text, "The period of the activities.").like("last 30 days").missing("no period"),
        .field("sport_type", .text, "The sport of the activities.").like("Run").missing("all sports"),
        .field(
          "milestone_progress", .number, "The share of a milestone that is reached.", range: .between(0, 100), unit: "%"
        )
        .like(41.5).missing("insights that are not about a milestone"),
      ]).missing("models that do not provide it"),
      .field("created_at", .instant, "When the platform created it.", owner: .store).like("2024-05-02T00:00:00Z")
        .missing("some inputs; the time of the import is stored then"),
    ] + closing.filter { $0.stored?.name != "created_at" },
    otherKeys: [])
}
