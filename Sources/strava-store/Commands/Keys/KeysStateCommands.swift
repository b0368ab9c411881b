import ArgumentParser
import Upkeep

struct KeysStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows the master keys and counts the data keys; opens each of these.")

  @OptionGroup var common: KeysOptions

  func run() throws { try common.run(.status) }
}

struct KeysVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Opens every data key and every sealed value of the database.",
    discussion: "`encrypt-migrate --verify` looks for values in clear besides.")

  @OptionGroup var common: KeysOptions

  func run() throws { try common.run(.verify) }
}
