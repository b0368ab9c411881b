import ArgumentParser
import Foundation
import Reporting
import StoreAccess

/// The options that name the server and the database.
struct ConnectionOptions: ParsableArguments {
  @Option(help: "Connection string. Default: MONGODB_URI, then mongodb://127.0.0.1:27017.")
  var uri: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Database. Default: the URI's, then DATABASE_NAME, then stravaai.", valueName: "name"))
  var db: String?

  func validate() throws {
    if db == "" { throw ValidationError("--db is empty; give the name of a database, or remove the option") }
  }

  /// Returns the chosen server and database. A password in the command line causes a warning, because other users can
  /// read it there.
  ///
  /// - Throws: `ValidationError` if the connection string has an unknown option.
  func choice(_ console: Console) throws -> ConnectionChoice {
    let uri = resolvedURI(console)
    let unknown = Connection.unknownOptions(in: uri)
    guard unknown.isEmpty else {
      throw ValidationError(
        "the connection string has an unknown option: \(unknown.joined(separator: ", ")). The driver would ignore it; "
          + "correct its name or remove it")
    }
    return ConnectionChoice(uri: uri, database: db, fallback: ProcessInfo.processInfo.environment["DATABASE_NAME"])
  }

  private func resolvedURI(_ console: Console) -> String {
    if let uri {
      if Connection.holdsPassword(uri) {
        console.print(
          "warning: --uri contains a password, which every user of this machine can see; set MONGODB_URI instead")
      }
      return uri
    }
    return ProcessInfo.processInfo.environment["MONGODB_URI"] ?? "mongodb://127.0.0.1:27017"
  }
}
