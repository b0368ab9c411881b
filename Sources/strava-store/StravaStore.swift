import ArgumentParser

@main
struct StravaStore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strava-store", abstract: "Gets Strava data into MongoDB.")
}
