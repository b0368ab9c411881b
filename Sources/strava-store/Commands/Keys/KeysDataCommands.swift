import ArgumentParser
import Reporting
import StravaRecords
import Upkeep

struct KeysRotateDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-data",
    abstract: "Gives athletes new data keys and seals their values anew.",
    discussion: """
      The keys before are retired and stay until `keys purge`. A rotation that was stopped is finished, and no further \
      keys made.
      """)

  @Option(help: ArgumentHelp("Of this athlete, by Strava's id.", valueName: "id"))
  var athlete: StravaID?

  @Flag(help: "Of all athletes.")
  var all = false

  @OptionGroup var common: KeysOptions

  func validate() throws {
    guard all != (athlete != nil) else { throw ValidationError("give --athlete ID or --all") }
  }

  func run() throws { try common.run(.rotateData(athlete.map { .one($0.value) } ?? .all)) }
}

struct KeysPurgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge",
    abstract: "Deletes data keys that were retired 24 hours ago or more and that nothing is sealed under.",
    discussion: "Reads every document to make sure; what is still sealed under such a key is sealed anew first.")

  @OptionGroup var common: KeysOptions

  func run() throws { try common.run(.purge) }
}

struct KeysDestroyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy",
    abstract: "Deletes an athlete's data keys: what is sealed can never be read again. Asks twice.",
    discussion: """
      Fields in clear, blind indexes and digests stay: delete the documents as well where the law wants that. A backup \
      that holds the keys can be read for as long as a master key that wrapped them exists.
      """)

  @Option(help: ArgumentHelp("The athlete, by Strava's id.", valueName: "id"))
  var athlete: StravaID

  @OptionGroup var common: KeysOptions

  func run() throws {
    let console = Console()
    try Confirmation.ask(
      [
        (
          "This makes what is sealed of athlete \(athlete.value) unreadable for ever. Type the athlete's id to go on:",
          "\(athlete.value)"
        ),
        ("Nobody can take it back. Type `destroy` to do it:", "destroy"),
      ], console)
    try common.run(.destroy(athlete.value), console)
  }
}
