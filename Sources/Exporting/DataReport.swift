import StravaRecords

/// A page that describes the files in an export of everything that is stored about one athlete.
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
      "Data of Strava athlete \(athlete) in \(summary.database)", "",
      "Exported by strava-store. The files are:", "",
    ]
    for file in files {
      lines.append("  \(file.path): \(file.documents) \(file.documents == 1 ? "document" : "documents")")
    }
    if !summary.ownership.isEmpty { lines += ["", "How the documents name the athlete:", ""] }
    lines += summary.ownership.map { "  \($0)" }
    lines += [
      "", "users       the profile, and the sign-in with Strava if there is one",
      "activities  recorded and entered activities, with Strava's own data under raw_data",
      "insights    what the platform concluded from the activities", "",
      "In clear: \(summary.disclosed.isEmpty ? "no sensitive values" : summary.disclosed.joined(separator: ", ")). "
        + "Left out: \(leftOut).",
      "docs/schema/data-dictionary.md of strava-store explains the fields.",
      "Run `sha256sum -c SHA256SUMS` to check that the files are unchanged.", "",
    ]
    return lines.joined(separator: "\n")
  }

  private var leftOut: String {
    let dropped = options.dropped.map(\.name)
    let parts = (options.decrypts ? [] : ["all sealed values"]) + dropped
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }
}
