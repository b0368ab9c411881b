import ArgumentParser
import Exporting
import StoreAccess
import StravaRecords

/// Which documents.
struct SelectionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("What belongs to the athlete with this Strava id.", valueName: "id"))
  var athlete: StravaID?

  @Option(help: ArgumentHelp("What belongs to the user with this _id.", valueName: "id"))
  var userId: String?

  @Option(help: ArgumentHelp("From this date or ISO 8601 instant on (UTC).", valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Before this date or ISO 8601 instant (UTC).", valueName: "time"))
  var until: String?

  @Flag(help: "--since and --until are local times of the activities.")
  var local = false

  @Option(help: ArgumentHelp("Activities of this sport_type; several with commas.", valueName: "sports"))
  var sport: String?

  @Option(help: ArgumentHelp("Documents that match this filter, in Extended JSON.", valueName: "filter"))
  var filter: String?

  @Option(help: ArgumentHelp("So many documents of each collection at most.", valueName: "n"))
  var limit: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Order by this field, then by _id; -field is descending. Needs an index or --limit.", valueName: "field")
  )
  var sort: String?

  func selection() throws -> ExportSelection {
    var selection = ExportSelection()
    selection.athlete = athlete?.value
    if let userId {
      guard let user = ExportSelection.user(userId) else { throw ValidationError("--user-id is 24 hexadecimal digits") }
      selection.user = user
    }
    selection.since = try time(since, "--since")
    selection.until = try time(until, "--until")
    selection.isLocal = local
    selection.sports = sport?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    if selection.sports.contains("") { throw ValidationError("--sport is a sport_type, or several with commas") }
    if let limit, limit < 1 { throw ValidationError("--limit is 1 or more") }
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
      throw ValidationError("\(option) is a date or an ISO 8601 instant, such as 2024-05-01 or 2024-05-01T06:30:00Z")
    }
    if local, text.contains(#/[+\-−]\d\d:?\d\d$/#) {
      throw ValidationError("\(option) has an offset from UTC; with --local, give a local time without one")
    }
    return time
  }
}
