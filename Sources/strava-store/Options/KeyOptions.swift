import ArgumentParser
import Foundation
import Reporting
import StoreAccess

/// The options for the key file and the source of its passphrase.
struct KeyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Key file. Default: STRAVA_STORE_KEY_FILE.", valueName: "path"))
  var keyFile: String?

  @Option(
    help: ArgumentHelp("File descriptor to read the key file from, 3 or more: a pipe.", valueName: "n"))
  var keyFd: Int32?

  @Option(
    help: ArgumentHelp(
      "File descriptor to read the passphrase from, one line. Default: the terminal.",
      valueName: "n"))
  var passphraseFd: Int32?

  @Option(
    help: ArgumentHelp("Append a line of JSON about the use of keys to this file.", valueName: "path"))
  var audit: String?

  func validate() throws {
    if audit == "" { throw ValidationError("--audit is empty; give the path of a file") }
    if let keyFd, keyFd < 3 {
      throw ValidationError("--key-fd must be 3 or more, as in `--key-fd 3 3< <(age -d keys.json.age)`")
    }
    if keyFd != nil, keyFile != nil {
      throw ValidationError("--key-fd and --key-file exclude each other; remove one of them")
    }
    if let keyFd, keyFd == passphraseFd {
      throw ValidationError("--key-fd and --passphrase-fd need different descriptors")
    }
    if let passphraseFd, passphraseFd < 0 {
      throw ValidationError("--passphrase-fd must be the number of an open file descriptor")
    }
  }

  var path: String? { keyFile ?? ProcessInfo.processInfo.environment["STRAVA_STORE_KEY_FILE"] }

  /// True if one of these options is on the command line.
  var isGiven: Bool { audit != nil || keyFile != nil || keyFd != nil || passphraseFd != nil }

  var choice: KeyFileChoice { choice(output: nil) }

  /// Opens the audit file, if one is given.
  ///
  /// - Parameter command: The command and its task, as the line names it.
  /// - Throws: The exit code.
  func audit(_ command: String, _ console: Console) throws -> KeyAudit? {
    try audit.map { try KeyAudit($0, command, console) }
  }

  /// - Parameter output: The path of the new file that changed keys are written to.
  func choice(output: String?) -> KeyFileChoice {
    KeyFileChoice(
      path: path, descriptor: keyFd, output: output,
      passphrase: passphraseFd.map(PassphraseSource.descriptor) ?? .terminal,
      advice:
        "give --key-file PATH or --key-fd N, or set STRAVA_STORE_KEY_FILE; `strava-store keys generate --key-file PATH` "
        + "creates a key file")
  }
}

/// The option of the tasks that change the key file.
struct KeyOutOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write the changed keys to this new file; change nothing else.", valueName: "path"))
  var keyOut: String?

  func validate() throws {
    if keyOut == "" { throw ValidationError("--key-out is empty; give the path of a new file") }
  }
}

/// The options of all tasks for the keys of a database.
struct KeysOptions: ParsableArguments {
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var output: OutputOptions
}
