import Findings
import SourceText
import StoreAccess
import StravaRecords

/// Reading of `activities.csv` in an account archive.
extension InputReader {
  /// The maximum number of characters of a header row that a message shows.
  private static let longestHeader = 200

  /// Returns whether a source is such a table, by its first bytes or by its name.
  func isArchiveTable(_ source: ByteSource) -> Bool {
    let first = source.head.first { !" \t\r\n\u{FEFF}".utf8.contains($0) }
    // JSON is recognized first, because its first line may be long, and comparing it with labels takes long then.
    guard let first, first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else { return false }
    return InputName.isTable(source.name) || ArchiveHeader.isHeader(source.head)
  }

  /// Reads the table.
  func readArchiveTable(_ source: ByteSource, _ push: (InputPart) -> Void) {
    func report(_ rule: Rule, _ message: String) {
      let finding = Finding(rule, message, file: source.name, position: .start)
      if partition?.reports(finding, named: paths) ?? true { push(.finding(finding)) }
    }
    var reader = CSVReader(source) { line in
      // A row begins with the id of an activity.
      let id = line.prefix { $0 &- 48 <= 9 }.count
      return id > 0 && id < line.count && line[id] == UInt8(ascii: ",")
    }
    guard reader.next() else { return report(.emptyInput, "the input is empty: it contains no records") }
    let labels = reader.texts
    guard let header = ArchiveHeader(labels) else {
      if labels.contains("strava_activity_id") {
        return report(
          .exportedDocument, "this CSV was written by strava-store export; import reads other formats of it")
      }
      let shown = String(labels.joined(separator: ",").prefix(Self.longestHeader))
      return report(
        .unknownHeader, "the labels in the header row are those of no known language; the file is not read: \(shown)")
    }
    guard let owner = owner(of: source, report) else { return }
    if let profile = ArchiveProfile(source, owner: owner) {
      for finding in profile.findings { push(.finding(finding)) }
      self.push(profile.batch, of: source, push)
    } else if !source.hasCompanions, source.name.contains("/") {
      report(
        .notLookedAt,
        "not stored of the account archive, because it is a stream: profile.csv, bikes.csv and shoes.csv; "
          + "to store them, pass the archive by its path")
    }
    for index in header.unknown {
      report(.unknownColumn, "unknown column '\(header.names[index].prefix(80))', kept in export_row")
    }
    let form = RowForm(names: header.names, cells: "export_row", members: ["locale": header.language])
    var framer = RowFramer(reader, file: source.name, form: form, owner: owner)
    while !cancellation.isRequested, let batch = framer.next() { self.push(batch, of: source, push) }
  }

  /// Returns the athlete to whom the archive belongs. Reports an unknown athlete, and names that disagree.
  private func owner(of source: ByteSource, _ report: (Rule, String) -> Void) -> Int64? {
    var claims = ArchiveOwner.athletes(inPath: source.name).map { ("the name of the archive", $0) }
    if let id = source.companion("profile.csv").flatMap(ArchiveOwner.athlete(inProfile:)) {
      claims.append(("profile.csv", id))
    }
    if let athlete { claims.append((athleteName, athlete)) }
    guard let first = claims.first else {
      report(
        .archiveWithoutAthlete,
        "the athlete of this archive is unknown: neither a name such as export_ID.zip nor a profile.csv says it; "
          + "use \(athleteName) ID")
      return nil
    }
    guard let other = claims.first(where: { $0.1 != first.1 }) else { return first.1 }
    report(.athletesDisagree, "\(first.0) says athlete \(first.1), and \(other.0) says athlete \(other.1)")
    return nil
  }
}
