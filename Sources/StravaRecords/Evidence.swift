/// The marks that an object must show to be detected as a kind. The first row of `table` whose evidence is complete
/// determines the kind, so other members never change the kind of an object.
struct Evidence: Sendable {
  /// A condition that at least a number of these marks are shown.
  struct Support: Sendable, Equatable {
    let least: Int
    let marks: MarkSet

    static func atLeast(_ least: Int, of marks: Mark...) -> Support { Support(least: least, marks: MarkSet(marks)) }
  }

  let kind: RecordKind
  /// The marks that must all be shown.
  let required: MarkSet
  let supporting: Support?
  let alsoSupporting: Support?
  /// The marks that must not be shown.
  let excluding: MarkSet

  private init(
    _ kind: RecordKind, _ required: [Mark], _ supporting: Support? = nil, _ alsoSupporting: Support? = nil,
    excluding: [Mark] = []
  ) {
    self.kind = kind
    self.required = MarkSet(required)
    self.supporting = supporting
    self.alsoSupporting = alsoSupporting
    self.excluding = MarkSet(excluding)
  }

  var supports: [Support] { [supporting, alsoSupporting].compactMap(\.self) }

  @inline(__always)
  func isMet(by marks: MarkSet) -> Bool {
    marks.holdsAll(required) && !marks.holdsAny(excluding) && isSupported(supporting, by: marks)
      && isSupported(alsoSupporting, by: marks)
  }

  @inline(__always)
  private func isSupported(_ support: Support?, by marks: MarkSet) -> Bool {
    guard let support else { return true }
    return marks.count(of: support.marks) >= support.least
  }

  // MARK: Activities

  private static let listedFive: [Mark] = [.id, .start, .time, .distance, .sport]
  /// The marks of any activity, from Strava or another source.
  static let five = MarkSet(listedFive)
  static let fiveInWords = "id, start, time, distance, sport"

  /// Keys that only Strava's activities have. A manual activity has no upload keys.
  private static let ownKeys = Support.atLeast(
    2, of: .kudosCount, .commentCount, .athleteCount, .achievementCount, .totalPhotoCount, .prCount, .hasKudoed,
    .fromAcceptedTag)

  /// An activity with any other members, unless the object may be a document that contains the activity, or an export
  /// without parts of it.
  static let wholeActivity = Evidence(.activity, listedFive + [.strava], excluding: [.rawData, .leftOut])
  static let wholeManualActivity = Evidence(
    .activity, listedFive + [.uploadKey], ownKeys, excluding: [.rawData, .leftOut])

  // MARK: Documents of a database

  private static let documents = [
    Evidence(.partialRecord, [.leftOut]),
    Evidence(.exportedDocument, [.importSource]),
    Evidence(.documentRow, [.rawActivity]),
    Evidence(.exportRow, [.exportCells, .locale]),
  ]

  /// Activities that lack one of the five marks are still detected as activities, so that the missing field is
  /// reported.
  private static let nearlyActivity = [
    Evidence(.activity, [.strava, .fourOfFive]), Evidence(.activity, [.uploadKey, .fourOfFive], ownKeys),
    Evidence(.derivedActivity, [.fourOfFive]),
  ]

  // MARK: Athletes, tokens, insights

  private static let tokenMembers = Support.atLeast(
    2, of: .accessToken, .refreshToken, .tokenType, .expiresAt, .expiresIn)

  private static let people = [
    Evidence(.insight, [.insightType, .insightText, .userID], excluding: [.fourOfFive]),
    Evidence(.token, [.token, .athlete], tokenMembers, excluding: [.fourOfFive]),
    Evidence(.athlete, [.id, .firstname, .lastname], excluding: [.fourOfFive]),
    Evidence(.token, [.token], tokenMembers, excluding: [.fourOfFive]),
  ]

  // MARK: Parts of activities

  private static let parts = [
    Evidence(
      .lap, [.lapIndex, .time], .atLeast(1, of: .resourceState, .activity, .activityID, .startIndex, .split, .paceZone),
      excluding: [.sport]),
    Evidence(
      .split, [.split, .time], .atLeast(1, of: .startIndex, .elevationDifference, .paceZone), excluding: [.sport]),
    Evidence(
      .segmentEffort, [.segmentObject, .time],
      .atLeast(1, of: .resourceState, .activity, .activityID, .athlete, .startIndex, .komRank, .prRank),
      excluding: [.sport]),
    Evidence(.segmentEffort, [.activity, .startIndex, .time], excluding: [.sport]),
    Evidence(.activityPart, [.id, .start, .time, .partOf], excluding: [.sport]),
    Evidence(.activityPart, [.id, .start, .time, .distance, .activityID], excluding: [.sport]),
  ]

  // MARK: Other kinds

  private static let notTheAPIs = [
    Evidence(.clubActivity, [.athleteWithoutID, .time, .distance, .sport], excluding: [.id]),
    Evidence(
      .webSiteActivity, [.id],
      .atLeast(
        3, of: .distanceRaw, .movingTimeRaw, .elapsedTimeRaw, .elevationGainRaw, .startDateRaw, .displayType,
        .typeDisplayName, .webLink),
      excluding: [.strava]),
  ]

  private static let schemas = [
    Evidence(.jsonSchema, [.schemaURL]), Evidence(.jsonSchema, [.schemaObject, .schemaParts]),
    Evidence(.jsonSchema, [.schemaProperty], excluding: [.id]),
  ]

  private static let messages = [
    Evidence(.insight, [.insightType, .insightText]),
    Evidence(.webhookEvent, [.aspectType, .eventObject]),
    Evidence(.apiError, [.message, .errorList], excluding: [.id]),
    Evidence(.apiError, [.message, .onlyMessage], excluding: [.noErrors]),
    Evidence(.protocolLine, [.protocolLine]),
  ]

  private static let measurements = [
    Evidence(.athleteZones, [.zones]),
    Evidence(
      .activityZone, [.distributionBuckets, .type],
      .atLeast(1, of: .resourceState, .zoneMember)),
    Evidence(.streams, [.streams], excluding: [.start]),
    Evidence(.athleteStats, [.totals]),
  ]

  private static let things = [
    Evidence(
      .clubEvent, [.id, .title, .clubMember],
      .atLeast(2, of: .organizingAthlete, .occurrences, .womenOnly, .skillLevels, .terrain, .joined)),
    Evidence(
      .segment, [.id],
      .atLeast(
        2, of: .climbCategory, .averageGrade, .maximumGrade, .elevationHigh, .climbText, .shortGrade),
      .atLeast(1, of: .resourceState, .activityType, .starred, .climbCategory)),
    Evidence(
      .route, [.id], .atLeast(1, of: .estimatedTime, .subType, .mapURLs),
      .atLeast(2, of: .resourceState, .map, .elevationGain, .starred, .waypoints, .segments, .timestamp, .subType)),
    Evidence(
      .gear, [.gearID],
      .atLeast(
        1, of: .resourceState, .primary, .brandName, .modelName, .frameType, .convertedDistance, .gearMember)),
    Evidence(
      .gear, [.id, .resourceState], .atLeast(2, of: .primary, .brandName, .modelName, .frameType, .convertedDistance)),
    Evidence(
      .photo, [.uniqueID, .urls],
      .atLeast(1, of: .resourceState, .activityID, .photoMember)),
    Evidence(
      .comment, [.id, .text],
      .atLeast(
        2, of: .resourceState, .activityID, .postID, .athleteWithoutID, .athlete, .createdAt, .commentMember),
      .atLeast(1, of: .resourceState, .activityID, .postID, .commentMember)),
    Evidence(
      .club, [.id], .atLeast(2, of: .memberCount, .coverPhoto, .profileMedium, .clubSport, .membership),
      .atLeast(1, of: .resourceState, .profileMedium, .clubSport), excluding: [.firstname]),
    Evidence(.upload, [.anyID, .status, .uploadActivity, .uploadError]),
    Evidence(.subscription, [.id, .callbackURL], .atLeast(1, of: .applicationID, .resourceState)),
  ]

  /// Kinds that are detected only if no other kind matches.
  private static let rest = [
    Evidence(.athleteWithoutID, [.resourceState, .firstname, .lastname], excluding: [.anyID, .profileMember]),
    Evidence(.athleteWithoutID, [.firstname, .lastname, .onlyName]),
    Evidence(.athlete, [.firstname, .lastname]),
    Evidence(.token, [.token], .atLeast(1, of: .athlete, .flatOwner)),
    Evidence(.bulkExportRow, [.exportID, .exportColumn]),
    Evidence(.meta, [.anyID, .onlyReference]),
  ]

  /// The rows in order of priority; the first match determines the kind.
  static let table =
    [wholeActivity, wholeManualActivity] + documents + people + parts + notTheAPIs + nearlyActivity + schemas + messages
    + measurements
    + things + rest

  /// Returns the rows of a kind, without rows that another row of the kind includes.
  static func rows(of kind: RecordKind) -> [Evidence] {
    let rows = table.filter { $0.kind == kind }
    return rows.filter { row in !rows.contains { $0.includes(row) } }
  }

  /// Returns whether every object that matches the other row also matches this one, which requires less.
  private func includes(_ other: Evidence) -> Bool {
    let wanted = required.marks.filter { $0 != .fourOfFive || !other.required.holdsAll(Self.five) }
    let isSame = required == other.required && supports == other.supports && excluding == other.excluding
    return !isSame && other.required.holdsAll(MarkSet(wanted)) && other.excluding.holdsAll(excluding)
      && supports.allSatisfy { support in
        other.required.count(of: support.marks) >= support.least || other.supports.contains(support)
      }
  }
}
