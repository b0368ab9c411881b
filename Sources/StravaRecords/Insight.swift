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
    kind: .insight, collection: "insights", description: "An insight that the platform made.",
    fields: [
      .storeOnly("_id", .objectID, "The document's id, worked out of the record's digest.", required: true)
        .like(["$oid": "65f0c0ffee0123456789abcf"]),
      .field(
        "user_id", .reference, "Whom it is about: hexadecimal document id or athlete id at Strava.", owner: .store,
        required: true
      ).like("65f0c0ffee0123456789abcd").pointing(to: "users", "_id"),
      .field(
        "activity_id", .reference, "What it is about: hexadecimal document id or activity id at Strava.",
        owner: .store
      ).like(90_000_000_001).pointing(to: "activities", "_id").missing("insights about no single activity"),
      .field("insight_type", .text, "What it is.", required: true).ofKnown(["performance", "training", "milestone"])
        .like("training"),
      .field("insight_text", .text, "The insight, in words.", required: true).nonEmpty.like("Your easy runs are easy."),
      .field("recommendation", .text, "What to do about it.").like("Keep it so.").missing("insights that need none"),
      .field("confidence_score", .number, "How sure the model was.", range: .between(0, 1)).like(0.75)
        .missing("models that give none"),
      .field("ai_model", .text, "The model that wrote it.").like("a-model").missing("unknown"),
      .field("context_data", .object, "What it was drawn from.").holding([
        .field("activity_count", .int32, "How many activities.", range: .atLeast(0)).like(12).missing("not counted"),
        .field("time_period", .text, "Over which time.").like("last 30 days").missing("no period"),
        .field("sport_type", .text, "Of which sport.").like("Run").missing("all sports"),
        .field("milestone_progress", .number, "How much of a milestone is done.", range: .between(0, 100), unit: "%")
          .like(41.5).missing("insights about no milestone"),
      ]).missing("models that give none"),
      .field("created_at", .instant, "When the platform made it.", owner: .store).like("2024-05-02T00:00:00Z")
        .missing("the input; then it is the time of the import"),
    ] + closing.filter { $0.stored?.name != "created_at" },
    otherKeys: [])
}
