import ArgumentParser
import Foundation
import Reporting
import StoreAccess

/// Which server and database.
struct ConnectionOptions: ParsableArguments {
  @Option(help: "Connection string. Default: MONGODB_URI, else mongodb://127.0.0.1:27017.")
  var uri: String?

  @Option(help: "Database. Default: the URI's, else stravaai.")
  var db: String?

  /// A password in the command line gets a warning: other users can read it there.
  func choice(_ console: Console) -> ConnectionChoice { ConnectionChoice(uri: resolvedURI(console), database: db) }

  private func resolvedURI(_ console: Console) -> String {
    if let uri {
      if Connection.holdsPassword(uri) {
        console.print(
          "warning: --uri holds a password, which every user of this machine can see; set MONGODB_URI instead")
      }
      return uri
    }
    return ProcessInfo.processInfo.environment["MONGODB_URI"] ?? "mongodb://127.0.0.1:27017"
  }
}
