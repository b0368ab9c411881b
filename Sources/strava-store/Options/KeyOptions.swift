import ArgumentParser
import Foundation
import StoreEngine

/// Which key file.
struct KeyOptions: ParsableArguments {
  @Option(help: "Key file. Default: STRAVA_STORE_KEY_FILE.")
  var keyFile: String?

  var path: String? { keyFile ?? ProcessInfo.processInfo.environment["STRAVA_STORE_KEY_FILE"] }
  var choice: KeyFileChoice { KeyFileChoice(path: path) }
}
