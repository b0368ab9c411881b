import ArgumentParser
import Reporting
import StravaRecords
import Upkeep

struct KeysRotateDataCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-data",
    abstract: "Create new data keys, and seal the values again with them.",
    discussion: """
      The previous keys are retired; `keys purge` deletes them 24 hours later. If an earlier rotation was stopped, it is \
      completed first, without further new keys.
      """)

  static let examples = [
    "strava-store keys rotate-data --athlete 12345",
    "strava-store keys rotate-data --all",
  ]

  @Option(help: ArgumentHelp("Strava id of the athlete whose data key is rotated.", valueName: "id"))
  var athlete: StravaID?

  @Flag(help: "Rotate the data keys of all athletes.")
  var all = false

  @OptionGroup var common: KeysOptions

  func validate() throws {
    guard all != (athlete != nil) else {
      throw ValidationError("no athlete is selected; give --athlete ID or --all, but not both")
    }
  }

  func run() throws { try common.run(.rotateData(athlete.map { .one($0.value) } ?? .all)) }
}

struct KeysPurgeCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge",
    abstract: "Delete data keys that were retired at least 24 hours ago.",
    discussion: """
      Reads every document first. Values that are still sealed with a retired key are sealed again with the newest one; \
      a key that a value still needs is kept.
      """)

  static let examples = [
    "strava-store keys purge",
    "strava-store keys purge --db stravaai --json",
  ]

  @OptionGroup var common: KeysOptions

  func run() throws { try common.run(.purge) }
}

struct KeysDestroyCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy",
    abstract: "Delete all data keys of an athlete, so that no sealed value can be read again.",
    discussion: """
      Asks for confirmation twice. This cannot be undone. Fields in clear, blind indexes and digests remain; if the law \
      requires it, delete the documents too. A backup that contains the keys can be read as long as a master key that \
      encrypted them exists.
      """)

  static let examples = [
    "strava-store keys destroy --athlete 12345",
    "printf '12345\\ndestroy\\n' | strava-store keys destroy --athlete 12345",
  ]

  @Option(help: ArgumentHelp("Strava id of the athlete.", valueName: "id"))
  var athlete: StravaID

  @OptionGroup var common: KeysOptions

  func run() throws {
    let console = Console()
    try Confirmation.ask(
      [
        (
          "This makes all sealed values of athlete \(athlete.value) unreadable. Type the athlete's id to continue:",
          "\(athlete.value)"
        ),
        ("This cannot be undone. Type `destroy` to confirm:", "destroy"),
      ], console)
    try common.run(.destroy(athlete.value), console)
  }
}
