import StravaRecords

/// What goes with everything that is held about one athlete: a page that says what the files are.
struct DataReport {
  private let athlete: Int64
  private let options: ExportOptions
  private let summary: ExportSummary
  private let files: [ExportedFile]

  init(athlete: Int64, _ options: ExportOptions, _ summary: ExportSummary, _ files: [ExportedFile]) {
    self.athlete = athlete
    self.options = options
    self.summary = summary
    self.files = files
  }

  var text: String {
    var lines = [
      "What \(summary.database) holds about Strava athlete \(athlete)", "",
      "Written by strava-store. Each file says what it is by its name:", "",
    ]
    for file in files { lines.append("  \(file.path): \(file.documents) documents") }
    lines += [
      "", "users       the profile and, where there is one, the sign-in with Strava",
      "activities  what was recorded or entered, with Strava's own answer under raw_data",
      "insights    what the platform's models made of the activities", "",
      "In clear: \(summary.disclosed.isEmpty ? "nothing delicate" : summary.disclosed.joined(separator: ", ")). "
        + "Left out: \(leftOut).",
      "What the fields mean stands in docs/schema/data-dictionary.md of strava-store.",
      "`sha256sum -c SHA256SUMS` checks that the files are as they were written.", "",
    ]
    return lines.joined(separator: "\n")
  }

  private var leftOut: String {
    let dropped = options.dropped.map(\.name)
    let parts = (options.decrypts ? [] : ["everything that is sealed"]) + dropped
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }
}
