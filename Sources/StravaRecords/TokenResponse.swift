import BSON

/// The response of the token endpoint. The response to a sign-in contains the athlete; the response to a refresh does
/// not.
public struct TokenResponse: Codable, Sendable, Equatable {
  public struct Athlete: Codable, Sendable, Equatable {
    public var id: StravaID?

    public enum CodingKeys: String, CodingKey, CaseIterable { case id }
  }

  public var expiresAtSent: UnixSeconds?
  public var refreshToken: String?
  public var accessToken: String?
  public var athlete: Athlete?

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case expiresAtSent = "expires_at"
    case refreshToken = "refresh_token"
    case accessToken = "access_token"
    case athlete
  }

  /// The id of the athlete; nil if the response names none. The enclosing object or `--athlete` may provide it.
  public var athleteID: Int64? {
    get { athlete?.id?.value }
    set { athlete = Athlete(id: newValue.flatMap(StravaID.init)) }
  }

  /// The time of expiry; nil for old tokens, which never expire.
  public var expiresAt: BSONDate? { expiresAtSent?.date }

  /// Writes the token's part of a user document in the order of the stored document. The caller writes the owner.
  public func appendStoredFields(to document: inout BSONWriter) {
    document.append("access_token", accessToken)
    document.append("refresh_token", refreshToken)
    document.append("token_expires_at", expiresAt)
  }

  /// Returns the athlete inside a token response as a separate record; nil if it is missing or contains only an id.
  public static func embeddedAthlete(_ token: BSONView) -> FoundRecord? {
    guard let view = token["athlete"]?.document, view["id"].flatMap(StravaID.init) != nil else { return nil }
    var detected = RecordKind.detect(view)
    if detected.kind == .meta { return nil }
    // The path shows that the object is an athlete, even if a name is missing.
    if detected.kind != .athlete { detected = Detected(.athlete, rank: view["resource_state"]?.number == 3 ? 3 : 2) }
    return FoundRecord(view: view, pointer: "/athlete", detected: detected, enclosingAthlete: nil)
  }
}

/// A time in whole seconds since 1970, up to the end of the year 9999. A fraction of a second is truncated.
public struct UnixSeconds: BSONLeaf, Encodable, Sendable, Hashable {
  public let seconds: Int64

  public var date: BSONDate { BSONDate(milliseconds: seconds * 1000) }

  static let latest: Int64 = 253_402_300_799

  public init?(_ field: BSONField) {
    guard let number = field.number, number >= 0, number <= Double(Self.latest) else { return nil }
    seconds = Int64(number)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(seconds)
  }
}

extension RecordSchema {
  /// The schema of token responses, which are the second part of a user document.
  public static let token = RecordSchema(
    kind: .token, collection: "users",
    description: "The response of Strava's token endpoint to a sign-in.",
    fields: [
      .field("access_token", .text, "The token for requests to Strava's API.").like("fixture-access").missing(
        "users without a token"),
      .field("refresh_token", .text, "The token for requesting a new access token.").like("fixture-refresh")
        .missing("old tokens, which never expire"),
      .field(
        "expires_at", .unixSeconds, "When the access token expires. Strava sends seconds since 1970.",
        storedAs: "token_expires_at",
        range: .between(0, Double(UnixSeconds.latest)), unit: "s"
      ).like(1_714_545_000).missing("old tokens, which never expire"),
      .storeOnly("access_token_hash", .binary, "Blind index of the access token.", unit: "32 bytes")
        .missing("users without a token"),
      .readOnly("athlete", .object, "The athlete to whom the token belongs. It is also read as an athlete record.")
        .holding(
          [.readOnly("id", .identifier, "The athlete's id at Strava.").like(900_000_001)], other: athlete.allKeys
        ).embedding(.athlete),
    ]
      + closing(
        half: .storeOnly("token", .document, "The token response, sealed as a whole.").sealedWhole(as: .identity)),
    otherKeys: ["token_type", "expires_in", "scope", "state"], flatOwnerKeys: RecordSchema.flatOwner)
}
