/// A field of an activity that a row of `activities.csv` can fill.
struct ArchiveField: Sendable {
  /// How the text of a cell becomes the value that the API sends.
  enum Form: Sendable {
    case identifier, text, number, wholeNumber, flag, sport, start
    /// A number of which 0 means that there is none.
    case measurement
    /// A number in joules, for a field in kilojoules.
    case joules
    /// A number of gear, before which the API writes this letter.
    case gear(String)
    /// Whether a file was uploaded, for a field that says the contrary.
    case fromFile
    /// A distance: in meters in the second column of that name. The first one depends on language and sport.
    case distance
  }

  /// The key in the API's records.
  let key: String
  /// The names of the columns. The first one with content counts.
  let columns: [String]
  let form: Form

  init(_ key: String, _ columns: String..., as form: Form = .number) {
    self.key = key
    self.columns = columns
    self.form = form
  }

  static let all = [
    ArchiveField("id", "Activity ID", as: .identifier),
    ArchiveField("name", "Activity Name", as: .text),
    ArchiveField("description", "Activity Description", as: .text),
    ArchiveField("type", "Activity Type", as: .sport),
    ArchiveField("distance", "Distance (2)", "Distance", as: .distance),
    ArchiveField("total_elevation_gain", "Elevation Gain"),
    ArchiveField("elev_high", "Elevation High"),
    ArchiveField("elev_low", "Elevation Low"),
    ArchiveField("moving_time", "Moving Time", as: .wholeNumber),
    ArchiveField("elapsed_time", "Elapsed Time", "Elapsed Time (2)", as: .wholeNumber),
    ArchiveField("average_speed", "Average Speed", as: .measurement),
    ArchiveField("max_speed", "Max Speed", as: .measurement),
    ArchiveField("average_heartrate", "Average Heart Rate", as: .measurement),
    ArchiveField("max_heartrate", "Max Heart Rate", "Max Heart Rate (2)", as: .measurement),
    ArchiveField("average_cadence", "Average Cadence", as: .measurement),
    ArchiveField("average_watts", "Average Watts", as: .measurement),
    ArchiveField("weighted_average_watts", "Weighted Average Power", as: .measurement),
    ArchiveField("max_watts", "Max Watts", as: .measurement),
    ArchiveField("kilojoules", "Total Work", as: .joules),
    ArchiveField("average_temp", "Average Temperature"),
    ArchiveField("calories", "Calories"),
    ArchiveField("suffer_score", "Relative Effort", "Relative Effort (2)"),
    ArchiveField("start_date", "Activity Date", as: .start),
    ArchiveField("gear_id", "Bike", as: .gear("b")),
    ArchiveField("gear_id", "Gear", as: .gear("g")),
    ArchiveField("commute", "Commute", "Commute (2)", as: .flag),
    ArchiveField("manual", "From Upload", as: .fromFile),
    ArchiveField("flagged", "Flagged", as: .flag),
  ]

  /// The columns whose texts are not written by the athlete.
  static let plainColumns = Set(
    all.filter { if case .text = $0.form { false } else { true } }.flatMap(\.columns))

  /// The names of all these columns.
  static let columnNames = all.flatMap(\.columns)
}
