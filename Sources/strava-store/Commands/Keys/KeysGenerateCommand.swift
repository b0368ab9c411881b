import ArgumentParser
import Reporting
import StoreAccess

struct KeysGenerateCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Create a key file that only its owner can read.",
    discussion: """
      Never overwrites a file. Without its key file, sealed values cannot be read: keep a copy in a safe place, apart \
      from backups of the database.
      """)

  static let examples = [
    "strava-store keys generate --key-file ~/strava-keys.json",
    "strava-store keys generate --key-file ~/strava-keys.json --passphrase",
  ]

  @OptionGroup var key: KeyOptions

  @Flag(help: "Encrypt the file with a passphrase: from the terminal, or --passphrase-fd.")
  var passphrase = false

  func validate() throws {
    if key.audit != nil { throw ValidationError("keys generate opens no value; remove --audit") }
    if key.keyFd != nil { throw ValidationError("keys generate creates a file; give --key-file PATH, not --key-fd") }
  }

  func run() throws {
    let console = Console()
    guard let path = key.path else {
      throw ValidationError("no path for the key file; give --key-file PATH or set STRAVA_STORE_KEY_FILE")
    }
    let cancellation = Cancellation()
    let signals = Signals(cancellation)
    defer { signals.cancel() }
    do {
      let master = try key.choice.generate(isLocked: passphrase || key.passphraseFd != nil, cancellation)
      console.print("created the key file \(path) with master key \(master); keep a copy in a safe place")
    } catch let failure as StoreFailure {
      console.print("error: \(failure.message)")
      throw failure.exitCode(cancellation)
    }
  }
}
