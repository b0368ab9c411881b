import Foundation
import Support
import Testing

/// The roles of docs/access.md are enough, and none of their actions is too much, where the server enforces them.
@Suite struct RoleTests {
  private static let database = "strava_store_test_roles"

  /// What each role's command finds, and how it is called.
  private static let jobs: [String: (found: String, command: [String])] = [
    "import": ("empty", ["import", "dump.ndjson"]),
    "index": ("broken", ["index", "--prune"]),
    "check": ("declared", ["index", "--check"]),
    "migrate": ("plain", ["encrypt-migrate"]),
    "verify": ("full", ["encrypt-migrate", "--verify"]),
    "export": ("full", ["export", "all", "-o", "out"]),
  ]

  @Test func eachCommandWithItsRoleAndWithoutEachAction() throws {
    let interop = Checkout.root.appending(path: "Tests/Interop").path
    let server = try TestServer(
      guardedBy: ["--auth"],
      after: "sys.path.insert(0, '\(interop)'); import roles; roles.make(client, '\(Self.database)')")
    defer { try? server.kill() }
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let keys = folder.path("keys.json")
    #expect(try StravaStore.run(["keys", "generate", "--key-file", keys]).exitCode == 0)
    try folder.write(
      [.token(), .summary(92_000_000_001), SyntheticRecord.insight(user: "900000001", text: "x")].lines,
      to: "dump.ndjson")

    func uri(_ user: String, _ password: String) -> String {
      server.uri.replacing("://", with: "://\(user):\(password)@") + "/?authSource=admin"
    }
    func run(_ command: [String], as user: String, _ password: String) throws -> Outcome {
      try? FileManager.default.removeItem(atPath: folder.path("out"))
      return try StravaStore.run(
        command + ["--db", Self.database],
        environment: ["MONGODB_URI": uri(user, password), "STRAVA_STORE_KEY_FILE": keys], directory: folder.path)
    }
    let root = PyMongo(uri: uri("root", "root"), database: Self.database)
    func prepare(_ state: String) throws {
      if state == "plain" {
        try root.run(file: "roles.py", [state])
        return
      }
      try root.run(file: "roles.py", ["empty"])
      if state == "empty" { return }
      #expect(try run(["import", "dump.ndjson"], as: "root", "root").exitCode == 0)
      if state == "declared" || state == "broken" { #expect(try run(["index"], as: "root", "root").exitCode == 0) }
      if state == "broken" { try root.run(file: "roles.py", [state]) }
    }

    let roles = try root.run(file: "roles.py", ["roles"]).split(separator: "\n").map { $0.split(separator: " ") }
    #expect(Set(roles.map { String($0[0]) }) == Set(Self.jobs.keys))
    for line in roles {
      let role = String(line[0])
      let job = try #require(Self.jobs[role])
      try prepare(job.found)
      let done = try run(job.command, as: role, role)
      #expect(done.exitCode == 0, "\(role): \(done.errors)")
      for action in line.dropFirst() {
        if role == "index" || role == "migrate" || role == "import" { try prepare(job.found) }
        let refused = try run(job.command, as: "\(role)-\(action)", role)
        #expect(refused.exitCode == 2, "\(role) without \(action): \(refused.errors)")
        #expect(refused.errors.contains("not authorized") && refused.errors.contains(action), "\(refused.errors)")
      }
    }
  }
}
