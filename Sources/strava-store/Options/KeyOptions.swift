import ArgumentParser
import Foundation
import StoreAccess

/// The options for the key file and the source of its passphrase.
struct KeyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Key file. Default: STRAVA_STORE_KEY_FILE.", valueName: "path"))
  var keyFile: String?

  @Option(
    help: ArgumentHelp(
      "File descriptor to read the passphrase from, one line. Default: the terminal.",
      valueName: "n"))
  var passphraseFd: Int32?

  func validate() throws {
    if let passphraseFd, passphraseFd < 0 {
      throw ValidationError("--passphrase-fd must be the number of an open file descriptor")
    }
  }

  var path: String? { keyFile ?? ProcessInfo.processInfo.environment["STRAVA_STORE_KEY_FILE"] }
  var choice: KeyFileChoice {
    KeyFileChoice(
      path: path, passphrase: passphraseFd.map(PassphraseSource.descriptor) ?? .terminal,
      advice:
        "give --key-file PATH or set STRAVA_STORE_KEY_FILE; `strava-store keys generate --key-file PATH` creates one")
  }
}

/// The options of all tasks for the keys of a database.
struct KeysOptions: ParsableArguments {
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var output: OutputOptions
}
