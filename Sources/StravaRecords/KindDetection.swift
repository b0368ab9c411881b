import BSON

extension RecordKind {
  /// Tells what an object is by its top-level keys; looks inside a value only where a mark needs it.
  ///
  /// - Parameter outline: of the object; its tags are those of `RecordKeys`.
  public static func detect(_ record: BSONView, outline: BSONOutline? = nil) -> Detected {
    let marks = Marks(of: RecordMembers(record, outline))
    // The rows in order; the first match wins.
    if marks.has(.jsonSchema) { return Detected(.jsonSchema) }
    if let kind = marks.message ?? marks.measurements ?? marks.part ?? marks.thing { return Detected(kind) }
    if marks.has(.firstname, .lastname) {
      return Detected(.athlete, rank: marks.hasAny(.claimsDetail, .athleteDetail) ? 3 : 2)
    }
    if marks.has(.totals) { return Detected(.athleteStats) }
    if marks.has(.webSite) { return Detected(.webSiteActivity) }
    if !marks.has(.id), marks.has(.athleteFirstname), marks.hasAny(.time, .distance) { return Detected(.clubActivity) }
    if marks.isLikeActivity {
      guard marks.hasAny(.resourceState, .uploadID) else { return Detected(.derivedActivity) }
      return Detected(.activity, rank: marks.hasAny(.claimsDetail, .activityDetail) ? 3 : 2)
    }
    if marks.has(.bulkExport) { return Detected(.bulkExportRow) }
    if marks.has(.id), marks.hasOnlyReferenceKeys { return Detected(.meta, rank: 1) }
    return Detected(.unrecognised)
  }

  /// True for an array whose elements all are streams: each with a string `type` and an array `data`.
  public static func detectStreamSet(_ array: BSONView) -> Bool {
    var some = false
    for element in array {
      guard let stream = element.value.document, stream["type"]?.is(.string) == true, stream["data"]?.is(.array) == true
      else { return false }
      some = true
    }
    return some
  }
}

/// The rows of the table that come before athletes and activities.
extension Marks {
  fileprivate var message: RecordKind? {
    if has(.insightType, .insightText) { return .insight }
    if has(.aspectType), hasAny(.objectType, .objectID) { return .webhookEvent }
    if has(.message, .errors) { return .apiError }
    if has(.token) { return .token }
    return nil
  }

  fileprivate var measurements: RecordKind? {
    if has(.athleteZones) { return .athleteZones }
    if has(.activityZone) { return .activityZone }
    // An activity into which somebody has put its streams is one: streams have no start.
    if has(.streams), !has(.id, .start) { return .streams }
    return nil
  }

  fileprivate var part: RecordKind? {
    if has(.lapIndex) { return .lap }
    if has(.split), hasAny(.startIndex, .elevationDifference) { return .split }
    if has(.segment, .time), hasAny(.activity, .athlete, .resourceState) { return .segmentEffort }
    if has(.activity, .startIndex), !has(.sportType) { return .segmentEffort }
    return nil
  }

  fileprivate var thing: RecordKind? {
    if has(.climbCategory) || has(.averageGrade, .maximumGrade) { return .segment }
    if has(.estimatedTime) || has(.subType, .map) { return .route }
    if has(.gear) || has(.gearID, .primary) { return .gear }
    if has(.uniqueID, .urls) { return .photo }
    if has(.text), hasAny(.activityID, .athlete) { return .comment }
    if has(.memberCount) || has(.coverPhoto, .profileMedium) { return .club }
    if has(.status, .activityID), hasAny(.id, .uploadPart) { return .upload }
    if has(.callback) { return .subscription }
    return nil
  }

  /// Four of the five: an activity that lacks one is still to be named an activity, and the lack its finding.
  fileprivate var isLikeActivity: Bool {
    let count = { (there: Bool) in there ? 1 : 0 }
    return count(has(.id)) + count(has(.start)) + count(has(.time)) + count(has(.distance))
      + count(hasAny(.type, .sportType)) >= 4
  }
}
