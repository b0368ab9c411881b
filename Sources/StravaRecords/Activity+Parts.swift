import BSON

extension Activity {
  /// The athlete that an activity names.
  public struct Athlete: Encodable, Sendable, Equatable {
    public var id: StravaID?

    public enum CodingKeys: String, CodingKey, CaseIterable { case id }
  }

  /// The recorded track of an activity.
  public struct Map: Encodable, Sendable, Equatable {
    public var summaryPolyline: String?
    public var resourceState: Int32?

    public enum CodingKeys: String, CodingKey, CaseIterable {
      case summaryPolyline = "summary_polyline"
      case resourceState = "resource_state"
    }

    /// Writes the map as an object, or nothing if the map is empty.
    func append(to document: inout BSONWriter, _ key: StaticString) {
      guard summaryPolyline != nil || resourceState != nil else { return }
      let inner = document.begin(key)
      document.append("summary_polyline", summaryPolyline)
      document.append("resource_state", resourceState)
      document.end(inner)
    }
  }

  /// The id of the athlete; nil if the record names none. The enclosing object or `--athlete` may provide it.
  public var athleteID: Int64? {
    get { athlete?.id?.value }
    set { athlete = Athlete(id: newValue.flatMap(StravaID.init)) }
  }

  /// The instant of the start. It is computed from the local time if the record has only that.
  public var startDate: BSONDate? {
    if let startDateSent { return startDateSent.date }
    guard let startDateLocal, let utcOffset, abs(utcOffset) <= Self.widestOffset else { return nil }
    return BSONDate(milliseconds: startDateLocal.wallClock.milliseconds - Int64(utcOffset * 1000))
  }

  /// The maximum offset from UTC in seconds. Clocks on Earth differ from UTC by at most 14 hours; one day leaves a
  /// margin.
  static let widestOffset = 86_400.0
}

extension Activity.Athlete: BSONRecord {
  public init(_ fields: inout BSONFields<CodingKeys>) throws { id = try fields.value(.id) }
}

extension Activity.Map: BSONRecord {
  public init(_ fields: inout BSONFields<CodingKeys>) throws {
    summaryPolyline = try fields.value(.summaryPolyline)
    resourceState = try fields.value(.resourceState)
  }
}
