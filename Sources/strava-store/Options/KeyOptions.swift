import ArgumentParser
import Foundation
import StoreAccess

/// Which key file, and where its passphrase comes from.
struct KeyOptions: ParsableArguments {
  @Option(help: "Key file. Default: STRAVA_STORE_KEY_FILE.")
  var keyFile: String?

  @Option(
    help: ArgumentHelp(
      "Read the key file's passphrase from this file descriptor: one line. Default: ask on the terminal.",
      valueName: "n"))
  var passphraseFd: Int32?

  func validate() throws {
    if let passphraseFd, passphraseFd < 0 { throw ValidationError("--passphrase-fd is the number of an open file") }
  }

  var path: String? { keyFile ?? ProcessInfo.processInfo.environment["STRAVA_STORE_KEY_FILE"] }
  var choice: KeyFileChoice {
    KeyFileChoice(
      path: path, passphrase: passphraseFd.map(PassphraseSource.descriptor) ?? .terminal,
      advice: "give --key-file or STRAVA_STORE_KEY_FILE; `strava-store keys generate --key-file PATH` makes one")
  }
}

/// What all tasks around the keys of a database take.
struct KeysOptions: ParsableArguments {
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var output: OutputOptions
}
