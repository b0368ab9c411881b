import ArgumentParser
import Upkeep

struct KeysStatusCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the master keys, and count and decrypt the data keys.")

  static let examples = [
    "strava-store keys status",
    "strava-store keys status --db stravaai --json",
  ]

  @OptionGroup var common: KeysOptions

  func run() throws { try common.run(.status) }
}

struct KeysVerifyCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Decrypt every data key and every sealed value, as a check.",
    discussion: "`encrypt-migrate --verify` also looks for values in clear.")

  static let examples = [
    "strava-store keys verify",
    "strava-store keys verify --db stravaai --json",
  ]

  @OptionGroup var common: KeysOptions

  func run() throws { try common.run(.verify) }
}
