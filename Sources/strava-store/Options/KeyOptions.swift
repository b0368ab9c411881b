import ArgumentParser
import Foundation

/// Which key file.
struct KeyOptions: ParsableArguments {
  @Option(help: "Key file. Default: STRAVA_STORE_KEY_FILE.")
  var keyFile: String?

  var path: String? { keyFile ?? ProcessInfo.processInfo.environment["STRAVA_STORE_KEY_FILE"] }
}
