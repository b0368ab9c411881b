import ArgumentParser
import Upkeep

struct KeysRotateMasterCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-master",
    abstract: "Create a new master key, and encrypt every data key again with it.",
    discussion: """
      Changes only the collection data_keys and the key file. If an earlier rotation was stopped, it is completed, \
      without a further new key. Afterwards keep a new copy of the key file in a safe place, and copy it to every host \
      that uses this database.

      With --key-out, only the new key file is written. Put it where the hosts read their keys from, then run the \
      command again with it: this makes the new master key the active one.
      """)

  static let examples = [
    "strava-store keys rotate-master",
    "strava-store keys rotate-master --db stravaai --key-file ~/strava-keys.json",
    "strava-store keys rotate-master --key-fd 3 --key-out new.json 3< <(age -d k.age)",
  ]

  @OptionGroup var common: KeysOptions

  @OptionGroup var output: KeyOutOption

  func run() throws { try common.run(.rotateMaster, keyOut: output.keyOut) }
}

struct KeysDropMasterCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop-master",
    abstract: "Remove an old master key from the key file.",
    discussion: """
      This cannot be undone. It is refused for the active master key, for one that a data key still needs, and within \
      24 hours of its rotation. Only this database is checked: use one key file for one database. With --key-out, the \
      key file stays as it is, and the keys without the removed one are written to a new file.
      """)

  static let examples = [
    "strava-store keys status",
    "strava-store keys drop-master 0190a5c2-7f3e-7b1a-9c4d-2e8f6a1b3c5d",
  ]

  @Argument(help: "Id of the master key, as `keys status` shows it.")
  var id: String

  @OptionGroup var common: KeysOptions
  @OptionGroup var output: KeyOutOption

  func validate() throws {
    if common.key.keyFd != nil, output.keyOut == nil {
      throw ValidationError("the keys from --key-fd cannot be changed in place; give --key-out PATH")
    }
    guard KeysTask.isKeyID(id) else {
      throw ValidationError("'\(id)' is not a key id; `strava-store keys status` shows the ids")
    }
  }

  func run() throws { try common.run(.dropMaster(id), keyOut: output.keyOut) }
}
