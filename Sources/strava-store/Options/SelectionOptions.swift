import ArgumentParser
import Exporting
import StoreAccess
import StravaRecords

/// The options that select documents.
package struct SelectionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only documents of the athlete with this Strava id.", valueName: "id"))
  var athlete: StravaID?

  @Option(help: ArgumentHelp("Only documents of the user with this _id.", valueName: "id"))
  var userId: String?

  @Option(help: ArgumentHelp("Only documents at or after this date or ISO 8601 time (UTC).", valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Only documents before this date or ISO 8601 time (UTC).", valueName: "time"))
  var until: String?

  @Flag(help: "Read --since and --until as local time of the activity.")
  var local = false

  @Option(help: ArgumentHelp("Only activities of these sport_types, separated by commas.", valueName: "sports"))
  var sport: String?

  @Option(help: ArgumentHelp("Only documents that match this MongoDB filter, in Extended JSON.", valueName: "filter"))
  var filter: String?

  @Option(help: ArgumentHelp("Maximum number of documents per collection. Default: no limit.", valueName: "n"))
  var limit: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Sort by this field, then by _id; -field: descending. Needs an index or --limit.", valueName: "field")
  )
  var sort: String?

  package init() {}

  package func selection() throws -> ExportSelection {
    var selection = ExportSelection()
    selection.athlete = athlete?.value
    if let userId {
      guard let user = ExportSelection.user(userId) else {
        throw ValidationError("--user-id must be 24 hexadecimal digits")
      }
      selection.user = user
    }
    selection.since = try time(since, "--since")
    selection.until = try time(until, "--until")
    selection.isLocal = local
    selection.sports = sport?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    if selection.sports.contains("") {
      throw ValidationError("--sport has an empty name; give sport_types separated by commas, such as Run,Ride")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    selection.limit = limit
    selection.sort = sort
    if let filter {
      do {
        selection.filter = try ExportSelection.filter(filter)
      } catch {
        throw ValidationError("--filter is not an Extended JSON document: \(error.message)")
      }
    }
    return selection
  }

  private func time(_ text: String?, _ option: String) throws -> ExportSelection.Time? {
    guard let text else { return nil }
    guard let time = ExportSelection.time(text) else {
      throw ValidationError(
        "'\(text)' is not valid for \(option); give a date or an ISO 8601 time, such as 2024-05-01 or 2024-05-01T06:30:00Z"
      )
    }
    if local, text.contains(#/[+\-−]\d\d:?\d\d$/#) {
      throw ValidationError("\(option) has a UTC offset; with --local, give a local time without an offset")
    }
    return time
  }
}
