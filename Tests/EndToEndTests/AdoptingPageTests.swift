import Foundation
import Support
import Testing

/// docs/adopting.md, followed to the letter, and the example backend before and after its changes.
@Suite(.waiting) struct AdoptingPageTests {
  private static let platform = Checkout.root.appending(path: "docs/platform")

  /// Every command of the page succeeds, and the running backend answers the same before and after each of them.
  @Test func theStepsAndTheWayBackWorkAsWritten() throws {
    let server = try TestServer()
    let folder = try TemporaryFolder()
    let path = "\(Checkout.products.path):\(Command.plainEnvironment["PATH"] ?? "")"
    let done = try Command(
      try Checkout.inVenv("python"),
      [
        Checkout.root.appending(path: "Tests/Interop/adopting_page.py").path,
        Checkout.root.appending(path: "docs/adopting.md").path, "\(server.uri)/platform", folder.path,
      ], environment: ["PATH": path]
    ).run()
    let lines = done.output.split(separator: "\n")
    #expect(done.exitCode == 0 && lines.count == 1, "\(done.output.prefix(4000)) \(done.errors)")
    let counts = lines.last?.split(separator: " ").compactMap { Int($0) } ?? []
    #expect(counts.count == 2 && counts[0] >= 12 && counts[1] >= 200, "\(counts)")
    try server.stop()
  }

  /// The changes of the example are as small as the page says, and its answers do not depend on them.
  @Test func theExampleAnswersTheSameWithTheKit() throws {
    let store = try TestStore()
    let fernet = Data(repeating: 7, count: 32).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    func answers(_ database: TestDatabase, patched: Bool) throws -> String {
      let folder = try TemporaryFolder()
      for name in ["example/backend.py", "strava_store.py"] {
        let source = Self.platform.appending(path: name)
        try FileManager.default.copyItem(atPath: source.path, toPath: folder.path(source.lastPathComponent))
      }
      if patched {
        let diff = Self.platform.appending(path: "example/kit.diff").path
        let applied = try Command(
          "/usr/bin/patch", ["-p0"], directory: folder.path, input: .file(diff)
        ).run()
        #expect(applied.exitCode == 0, "\(applied.output)")
      }
      let done = try Command(
        try Checkout.inVenv("python"),
        [
          "-B", Checkout.root.appending(path: "Tests/Interop/example_backend.py").path, folder.path, "first", "reads",
          "second", "reads",
        ],
        environment: [
          "MONGODB_URI": "\(database.uri)/\(database.name)", "FERNET_KEY": fernet,
          "STRAVA_STORE_KEY_FILE": store.keyFile,
        ]
      ).run()
      #expect(done.exitCode == 0, "\(done.errors)")
      return done.output
    }
    let (before, unsealed) = try (store.database, TestServer.shared.uniqueDatabase())
    let wanted = try answers(before, patched: false)
    #expect(wanted.split(separator: "\n").count == 49)
    #expect(try answers(unsealed, patched: true) == wanted)
    let sealed = try TestStore()
    #expect(try sealed.migrate(["--adopt"]).exitCode == 0)
    #expect(try answers(sealed.database, patched: true) == wanted)
    #expect(
      try sealed.untrue(
        "db.users.count_documents({'username': {'$type': 'binData'}, 'access_token': {'$type': 'binData'}}) == 2",
        "db.users.count_documents({}) == 2") == [])

    try readingPage(sealed, "users.username", "users.access_token")
    let health = try TestStore()
    #expect(try health.migrate(["--adopt"]).exitCode == 0)
    #expect(try health.migrate(["--seal", "health"]).exitCode == 0)
    #expect(try answers(health.database, patched: true) == wanted)
    try readingPage(health, "users.weight", "activities.average_heartrate")

    let diff = try String(contentsOf: Self.platform.appending(path: "example/kit.diff"), encoding: .utf8)
    let changes = diff.split(separator: "\n").filter { $0.hasPrefix("+") || $0.hasPrefix("-") }.dropFirst(2)
    #expect(changes.count <= 30)
    let kit = try String(contentsOf: Self.platform.appending(path: "strava_store.py"), encoding: .utf8)
    #expect(kit.split(separator: "\n", omittingEmptySubsequences: false).count <= 600)
  }

  /// Runs the functions of docs/platform/reading.md.
  /// - Parameter fields: Fields that must be sealed, with the collection in front.
  private func readingPage(_ store: TestStore, _ fields: String...) throws {
    let done = try Command(
      try Checkout.inVenv("python"),
      [
        "-B", Checkout.root.appending(path: "Tests/Interop/reading_page.py").path,
        Self.platform.appending(path: "reading.md").path, store.keyFile,
      ] + fields,
      environment: ["MONGODB_URI": "\(store.database.uri)/\(store.database.name)"]
    ).run()
    #expect(done.exitCode == 0 && done.output == "13\n", "\(done.output) \(done.errors)")
  }
}
