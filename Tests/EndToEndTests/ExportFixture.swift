import Foundation
import Support
import Testing

/// A database to export from, and what `export` prints.
struct ExportFixture {
  struct Printed: Decodable {
    struct Counts: Decodable, Equatable {
      var read = 0
      var written = 0
      var empty = 0
      var left = 0
      var unfinished = 0
      var records = 0
      var unopened = 0
    }

    struct File: Decodable, Equatable {
      let path: String
      let documents: Int
      let bytes: Int
      let sha256: String
    }

    let format: String
    let inClear: [String]
    let collections: [String: Counts]
    let total: Counts
    let files: [File]
    let failure: String?
    let stopped: String?
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case format
      case inClear = "in_clear"
      case collections, total, files, failure, stopped
      case exitCode = "exit_code"
    }
  }

  let store: TestStore
  var folder: TemporaryFolder { store.folder }
  var pymongo: PyMongo { store.pymongo }

  static let fixtures = Checkout.root.appending(path: "fixtures/valid").path

  init(server: TestServer? = nil, importing paths: [String] = [], exitCode: Int32 = 0) throws {
    store = try TestStore(on: server, hasOwnKeys: true)
    if !paths.isEmpty { #expect(try store.run(paths).exitCode == exitCode) }
  }

  /// Returns the `export` command for this database; it uses the key file with `--decrypt` only.
  func command(_ arguments: [String], uri: String? = nil) throws -> Command {
    try StravaStore.command(
      ["export", "--db", store.database.name] + arguments,
      environment: ["MONGODB_URI": uri ?? store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile],
      directory: folder.path)
  }

  /// Runs an export that must succeed.
  /// - Returns: The text on standard output.
  func text(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let outcome = try command(arguments).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  /// Returns the lines of an NDJSON export as objects.
  func objects(_ arguments: String...) throws -> [[String: Any]] {
    let outcome = try command(arguments).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try outcome.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// Runs an export into a file or folder, and checks what every summary must fulfill.
  func printed(
    _ arguments: [String], uri: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Printed { try read(command(["--json"] + arguments, uri: uri).run(), sourceLocation: sourceLocation) }

  func read(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) throws -> Printed {
    let printed = try JSONDecoder().decode(Printed.self, from: Data(outcome.standardOutput))
    #expect(printed.exitCode == outcome.exitCode, "\(outcome.errors)", sourceLocation: sourceLocation)
    for (name, counts) in printed.collections {
      let settled = counts.written + counts.empty + counts.left + counts.unfinished
      #expect(counts.read == settled, "\(name)", sourceLocation: sourceLocation)
    }
    for file in printed.files {
      let sum = try Command("/usr/bin/sha256sum", [file.path], directory: folder.path).run().output
      #expect(sum.hasPrefix(file.sha256 + " "), "\(file.path)", sourceLocation: sourceLocation)
    }
    return printed
  }

  /// Returns the names in the folder, including those of unfinished files.
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
}
