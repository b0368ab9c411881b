import Foundation
import Support
import Testing

/// The roles of docs/access.md are enough, and none of their actions is too much, where the server enforces them.
@Suite(.waiting) struct RoleTests {
  private static let database = "strava_store_test_roles"

  private struct Job {
    /// What the command finds.
    let found: String
    let command: [String]
    /// What it finds has to be made again for each run.
    var changes = true
    var answers = ""

    init(_ found: String, _ command: String..., changes: Bool = true, answers: String = "") {
      (self.found, self.command, self.changes, self.answers) = (found, command, changes, answers)
    }
  }

  /// By role.
  private static let jobs = [
    "import": Job("empty", "import", "dump.ndjson"),
    "index": Job("broken", "index", "--prune"),
    "check": Job("declared", "index", "--check", changes: false),
    "migrate": Job("plain", "encrypt-migrate"),
    "verify": Job("full", "encrypt-migrate", "--verify", changes: false),
    "validate": Job("full", "validate", changes: false),
    "export": Job("full", "export", "all", "-o", "out", changes: false),
    "keys-look": Job("full", "keys", "verify", changes: false),
    "keys-rotate-master": Job("full", "keys", "rotate-master", changes: false),
    "keys-rotate-data": Job("full", "keys", "rotate-data", "--all", changes: false),
    "keys-purge": Job("late", "keys", "purge"),
    "keys-destroy": Job("full", "keys", "destroy", "--athlete", "900000001", answers: "900000001\ndestroy\n"),
  ]

  @Test func eachCommandWithItsRoleAndWithoutEachAction() throws {
    let interop = Checkout.root.appending(path: "Tests/Interop").path
    let server = try TestServer(
      guardedBy: [.login],
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
    func run(
      _ command: [String], as user: String, _ password: String, input: Command.Input = .none
    ) throws -> Outcome {
      try? FileManager.default.removeItem(atPath: folder.path("out"))
      return try StravaStore.run(
        command + ["--db", Self.database],
        environment: ["MONGODB_URI": uri(user, password), "STRAVA_STORE_KEY_FILE": keys], directory: folder.path,
        input: input)
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
      if state == "late" {
        try root.run(file: "roles.py", ["keep"])
        #expect(try run(["keys", "rotate-data", "--all"], as: "root", "root").exitCode == 0)
        try root.run(file: "roles.py", [state])
      }
    }

    let roles = try root.run(file: "roles.py", ["roles"]).split(separator: "\n").map { $0.split(separator: " ") }
    #expect(Set(roles.map { String($0[0]) }) == Set(Self.jobs.keys))
    for line in roles {
      let role = String(line[0])
      let job = try #require(Self.jobs[role])
      try prepare(job.found)
      let done = try run(job.command, as: role, role, input: .text(job.answers))
      #expect(done.exitCode == 0, "\(role): \(done.errors)")
      for action in line.dropFirst() {
        if job.changes { try prepare(job.found) }
        let refused = try run(job.command, as: "\(role)-\(action)", role, input: .text(job.answers))
        #expect(refused.exitCode == 2, "\(role) without \(action): \(refused.errors)")
        #expect(refused.errors.contains("not authorized") && refused.errors.contains(action), "\(refused.errors)")
      }
    }

    // A master is dropped a day after its rotation: as far as that, `drop-master` gets with what only looks.
    try prepare("full")
    let first = try active(in: keys)
    #expect(try run(["keys", "rotate-master"], as: "root", "root").exitCode == 0)
    try root.run(file: "roles.py", ["rested"])
    let dropped = try run(["keys", "drop-master", first], as: "keys-look", "keys-look")
    #expect(dropped.exitCode == 2 && dropped.errors.contains("24 h"), "\(dropped.errors)")
    #expect(!dropped.errors.contains("not authorized"))
  }

  /// The id of the key file's active master.
  private func active(in keyFile: String) throws -> String {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: keyFile)))
    return try #require((json as? [String: Any])?["active"] as? String)
  }
}
