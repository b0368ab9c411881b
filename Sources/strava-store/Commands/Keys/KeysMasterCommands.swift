import ArgumentParser
import Upkeep

struct KeysRotateMasterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-master",
    abstract: "Adds a master key and wraps every data key anew under it.",
    discussion: """
      Rewrites data_keys and nothing else. A rotation that was stopped is finished, and no further key made. The key \
      file changes: keep a new copy apart, and bring it to every host that uses this database.
      """)

  @OptionGroup var common: KeysOptions

  func run() throws { try common.run(.rotateMaster) }
}

struct KeysDropMasterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop-master",
    abstract: "Takes a master key out of the key file for good.",
    discussion: """
      Refused for the active one, for one that a data key is wrapped by, and within 24 hours of its rotation. Only this \
      database is asked: a key file is for one database.
      """)

  @Argument(help: "The master key's id, as `keys status` shows it.")
  var id: String

  @OptionGroup var common: KeysOptions

  func validate() throws {
    guard KeysTask.isKeyID(id) else { throw ValidationError("a key's id is a UUID, not '\(id)'") }
  }

  func run() throws { try common.run(.dropMaster(id)) }
}
