import Foundation
import Support
import Testing

/// Logins and TLS against a real server process: which connections succeed, which fail, and the messages.
@Suite(.waiting) struct AccessTests {
  /// Commands that connect to a server, each in a form that changes nothing if there is one.
  static let commands = [
    ["import", "--json"], ["index", "--json"], ["index", "--check", "--json"],
    ["encrypt-migrate", "--verify", "--json"], ["export", "all", "--decrypt", "--json"], ["keys", "verify", "--json"],
  ]

  /// The same commands, with the files that they read or write.
  private func arguments(_ command: [String], in folder: TemporaryFolder) throws -> [String] {
    switch command[0] {
    case "import":
      try command + [folder.write([SyntheticRecord.token(), .summary(92_000_000_001)].lines, to: "d.json")]
    case "export": command + ["-o", folder.path(UUID().uuidString)]
    default: command
    }
  }

  private func arguments(_ command: [String], _ fixture: AccessFixture) throws -> [String] {
    try arguments(command, in: fixture.folder)
  }

  @Test func withLoginAndOwnAuthority() throws {
    let fixture = try AccessFixture.shared.get()
    let database = fixture.server.uniqueDatabase().name
    for command in Self.commands {
      let done = try fixture.run(arguments(command, fixture), uri: fixture.uri(), database: database)
      #expect(done.exitCode == 0, "\(command): \(done.errors)")
    }
    let seen = try PyMongo(uri: fixture.uri(), database: database).counts()
    #expect(seen["activities"] == 1 && seen["users"] == 1)
  }

  /// Options of the connection string that make a login fail, and the expected message.
  static let refused: [(options: String, says: String)] = [
    ("tls=true&tlsCAFile={other}", "certificate"),
    ("tls=true", "certificate"),
    ("tls=true&tlsCAFile=/nowhere/ca.pem", "/nowhere/ca.pem: No such file"),
    ("tls=false", "cannot connect to"),
  ]

  @Test(arguments: refused)
  func withoutTheRightAuthority(_ options: String, says: String) throws {
    let fixture = try AccessFixture.shared.get()
    let result = options.replacing("{other}", with: fixture.certificates.otherAuthority)
    let done = try fixture.run(
      ["index", "--check", "--json"], uri: fixture.uri(result), database: "strava_store_test_no")
    #expect(done.exitCode == 2, "\(done.errors)")
    #expect(done.errors.contains(says), "\(done.errors)")
    try Self.expectNoSecret(done)
  }

  @Test(arguments: commands)
  func withAWrongPassword(_ command: [String]) throws {
    let fixture = try AccessFixture.shared.get()
    for login in ["importer:synthetic-guess-1@", "nobody:synthetic-guess-1@"] {
      let done = try fixture.run(
        arguments(command, fixture) + ["--log-level", "trace"], uri: fixture.uri(login: login),
        database: "strava_store_test_no")
      #expect(done.exitCode == 2, "\(command): \(done.errors)")
      #expect(done.errors.lowercased().contains("authentication failed"), "\(done.errors)")
      #expect(!(done.errors + done.output).contains("synthetic-guess"))
    }
  }

  @Test func withoutALogin() throws {
    let fixture = try AccessFixture.shared.get()
    let done = try fixture.run(["index", "--json"], uri: fixture.uri(login: ""), database: "strava_store_test_no")
    #expect(done.exitCode == 2)
    #expect(done.errors.lowercased().contains("authentication"), "\(done.errors)")
  }

  @Test func aCertificateForAnotherHostIsNotTaken() throws {
    let certificates = try AccessFixture.shared.get().certificates
    let server = try TestServer(certificates.server(isElsewhere: true))
    let uri = server.uri + "/?serverSelectionTimeoutMS=3000&tls=true&tlsCAFile=\(certificates.authority)"
    let done = try StravaStore.run(["index", "--check", "--json"], environment: ["MONGODB_URI": uri])
    #expect(done.exitCode == 2)
    #expect(done.errors.lowercased().contains("host") || done.errors.contains("certificate"), "\(done.errors)")
    let anyway = try StravaStore.run(
      ["index", "--dry-run", "--json"], environment: ["MONGODB_URI": uri + "&tlsAllowInvalidHostnames=true"])
    #expect(anyway.exitCode == 0, "only for who says so: \(anyway.errors)")
  }

  @Test func aClientCertificateIsShownWhereItIsAskedFor() throws {
    let certificates = try AccessFixture.shared.get().certificates
    let server = try TestServer(certificates.server(), .clientCertificates(authority: certificates.authority))
    func run(_ options: String) throws -> Outcome {
      let uri = server.uri + "/?serverSelectionTimeoutMS=3000&tls=true&tlsCAFile=\(certificates.authority)\(options)"
      return try StravaStore.run(
        ["index", "--dry-run", "--json", "--log-level", "trace"], environment: ["MONGODB_URI": uri])
    }
    let shown = try run("&tlsCertificateKeyFile=\(certificates.client)")
    #expect(shown.exitCode == 0, "\(shown.errors)")
    let phrase = Certificates.passphrase
    let unlocked = try run(
      "&tlsCertificateKeyFile=\(certificates.lockedClient)&tlsCertificateKeyFilePassword=\(phrase)")
    #expect(unlocked.exitCode == 0, "\(unlocked.errors)")

    #expect(try run("").exitCode == 2)
    #expect(try run("&tlsCertificateKeyFile=\(certificates.clientOfOther)").exitCode == 2)
    let missing = try run("&tlsCertificateKeyFile=/nowhere/client.pem")
    #expect(missing.exitCode == 2)
    #expect(missing.errors.contains("/nowhere/client.pem: No such file"), "\(missing.errors)")
    let wrong = try run(
      "&tlsCertificateKeyFile=\(certificates.lockedClient)&tlsCertificateKeyFilePassword=synthetic-wrong")
    #expect(wrong.exitCode == 2)
    for outcome in [unlocked, wrong] {
      #expect(!(outcome.errors + outcome.output).contains("synthetic-"), "\(outcome.errors)")
    }
  }

  private static func expectNoSecret(_ outcome: Outcome) throws {
    let text = outcome.errors + outcome.output
    #expect(!text.contains(AccessFixture.password) && !text.contains(AccessFixture.encodedPassword), "\(text)")
  }

  // MARK: Messages

  /// Connection strings that contain `Zq9secret`, valid and invalid ones. No server answers any of them.
  static let strings = [
    "mongodb://someone:Zq9secret@127.0.0.1:1/?serverSelectionTimeoutMS=100",
    "mongodb://someone:Zq9secret@127.0.0.1:1/other?serverSelectionTimeoutMS=100&appName=x",
    "mongodb+srv://someone:Zq9secret@nowhere.invalid/",
    "mongodb://someone:Zq9secret@127.0.0.1:port/",
    "mongodb://someone:Zq9secret/x@127.0.0.1/", "mongodb://someone:Zq9secret@x@127.0.0.1/",
    "mongodb://someone:Zq9secret", "someone:Zq9secret@127.0.0.1", "http://someone:Zq9secret@127.0.0.1/",
    "mongodb://someone:%5Aq9secret@127.0.0.1:1/?serverSelectionTimeoutMS=100",
    "mongodb://someone:%ZZZq9secret@127.0.0.1/",
    "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100&tlsCertificateKeyFilePassword=Zq9secret",
    "mongodb://127.0.0.1:1/?tlsCertificateKeyFilePassword=Zq9secret&serverSelectionTimeoutMS=x",
    "mongodb://a@127.0.0.1:1/?serverSelectionTimeoutMS=100&authMechanism=MONGODB-AWS&"
      + "authMechanismProperties=AWS_SESSION_TOKEN:Zq9secret",
    "mongodb://someone:Zq9secret@127.0.0.1:1/?w=0",
  ]

  /// Standard error, standard output and the debug log of each command, with the string in the environment and in an
  /// option.
  @Test(arguments: strings)
  func noConnectionStringIsShownWithItsSecret(_ uri: String) throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let keys = folder.path("keys.json")
    #expect(try StravaStore.run(["keys", "generate", "--key-file", keys]).exitCode == 0)
    for command in Self.commands {
      let arguments = try arguments(command, in: folder) + ["--log-level", "trace"]
      for given in [(["--uri", uri], [:]), ([], ["MONGODB_URI": uri])] {
        let done = try StravaStore.run(
          arguments + given.0,
          environment: ["STRAVA_STORE_KEY_FILE": keys].merging(given.1) { _, new in new })
        #expect(done.exitCode == 2, "\(command) \(uri): \(done.errors)")
        let text = done.errors + done.output
        #expect(!text.contains("Zq9secret") && !text.contains("5Aq9secret") && !text.contains("q9s"), "\(text)")
      }
    }
  }

  /// With --json, a failed environment is reported in the JSON object, too.
  @Test(arguments: commands)
  func theSummaryTellsWhy(_ command: [String]) throws {
    let fixture = try AccessFixture.shared.get()
    let done = try fixture.run(
      arguments(command, fixture), uri: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100", database: "x")
    #expect(done.exitCode == 2)
    let summary = try #require(
      JSONSerialization.jsonObject(with: Data(done.standardOutput)) as? [String: Any], "\(done.output)")
    #expect((summary["failure"] as? String)?.contains("cannot connect to") == true)
    #expect(summary["exit_code"] as? Int == 2)
  }

  /// No secret has an option of its own, because every user of the machine can see command lines.
  @Test func noOptionTakesASecret() throws {
    let help = try StravaStore.run(["--experimental-dump-help"])
    #expect(help.exitCode == 0)
    let options = help.output.matches(of: /"name" : "([a-z-]+)"/).map { String($0.output.1) }
    #expect(options.contains("uri") && options.contains("key-file"))
    let taking = options.filter { name in
      ["password", "passphrase", "token", "secret", "key"].contains { name.hasSuffix($0) }
    }
    #expect(Set(taking).isSubset(of: ["passphrase"]), "\(taking)")
  }

  // MARK: Files

  @Test func rejectsGoIntoNoFileOfAnotherUser() throws {
    let store = try TestStore()
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let other = try folder.write("mine", to: "other")
    let link = folder.path("link")
    let dangling = folder.path("dangling")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: other)
    try FileManager.default.createSymbolicLink(atPath: dangling, withDestinationPath: folder.path("nowhere"))
    for path in [other, link, dangling] {
      let done = try store.importing(text: "{", ["--rejects", path])
      #expect(done.exitCode == 2, "\(path)")
      #expect(done.errors.contains("cannot create the reject file"))
    }
    #expect(try String(decoding: folder.read("other"), as: UTF8.self) == "mine")
    #expect(!FileManager.default.fileExists(atPath: folder.path("nowhere")))
    // The mode does not depend on the umask.
    let made = folder.path("rejects")
    let command = try ["import", "--json"] + store.connection() + [store.file("{"), "--rejects", made]
    let shell = try Command("/bin/sh", ["-c", "umask 0; exec \"$0\" \"$@\"", StravaStore.path] + command).run()
    #expect(shell.exitCode == 1, "\(shell.errors)")
    #expect(try FileManager.default.attributesOfItem(atPath: made)[.posixPermissions] as? Int == 0o600)
  }

  /// If several processes create one file, exactly one of them succeeds.
  @Test func rejectsOfTwoImportsGoIntoOneFileOfOne() throws {
    let store = try TestStore()
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let ownerless = SyntheticRecord.summary(1).without("athlete")
    let command = try [store.file(ownerless.json), "--rejects", folder.path("rejects")]
    let running = try (0..<4).map { _ in try store.starting(command) }
    let codes = try running.map { try $0.ended().exitCode ?? -1 }
    #expect(codes.sorted() == [1, 2, 2, 2])
    #expect(try String(decoding: folder.read("rejects"), as: UTF8.self).split(separator: "\n").count == 1)
  }

  /// A path that is not a regular file is not written to, and no link is followed, from the start to the last rename.
  @Test(arguments: [[], ["--split-by", "month"]])
  func exportsGoThroughNoLink(_ options: [String]) throws {
    let fixture = try ExportFixture(importing: [ExportFixture.fixtures])
    let folder = fixture.folder
    try folder.write("mine", to: "other")
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: false)
    for (link, target) in [("link", "other"), ("dangling", "nowhere"), ("to-folder", "empty")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(link), withDestinationPath: folder.path(target))
    }
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    let before = try fixture.names()
    for name in ["link", "dangling", "to-folder", "pipe"] {
      let done = try fixture.command(["activities", "-o", name] + options).run()
      #expect(done.exitCode == 2, "\(name): \(done.errors)")
      #expect(
        done.errors.contains("cannot write ") && done.errors.contains(": it exists and is not "), "\(done.errors)")
    }
    #expect(try fixture.names() == before)
    #expect(try String(decoding: folder.read("other"), as: UTF8.self) == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("empty")) == [])
  }

  /// Only the owner can read the files, whatever the umask is. If several processes write one file, the result is
  /// complete.
  @Test func exportsAreClosedToOthers() throws {
    let fixture = try ExportFixture(importing: [ExportFixture.fixtures])
    let running = try (0..<4).map { _ in
      let command = try fixture.command(["activities", "-o", "one.ndjson"])
      return try Command(
        "/bin/sh", ["-c", "umask 0; exec \"$0\" \"$@\"", command.executable] + command.arguments,
        environment: command.environment, directory: command.directory
      ).start()
    }
    for command in running { #expect(try command.wait().exitCode == 0) }
    #expect(try String(decoding: fixture.folder.read("one.ndjson"), as: UTF8.self) == fixture.text("activities"))
    let folder = try fixture.command(["all", "-o", "out"])
    _ = try Command(
      "/bin/sh", ["-c", "umask 0; exec \"$0\" \"$@\"", folder.executable] + folder.arguments,
      environment: folder.environment, directory: folder.directory
    ).run()
    let modes = try Command(
      "/usr/bin/find", ["one.ndjson", "out", "-printf", "%m %y\n"], directory: fixture.folder.path
    )
    .run().output
    #expect(Set(modes.split(separator: "\n")) == ["600 f", "700 d"])
  }

  @Test(arguments: [0o644, 0o620, 0o604, 0o660])
  func aKeyFileThatOthersCanReadIsNotUsed(_ mode: Int) throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let keys = folder.path("keys.json")
    #expect(try StravaStore.run(["keys", "generate", "--key-file", keys]).exitCode == 0)
    #expect(try FileManager.default.attributesOfItem(atPath: keys)[.posixPermissions] as? Int == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keys)
    let secrets = String(decoding: try folder.read("keys.json"), as: UTF8.self)
      .split { !$0.isLetter && !$0.isNumber && $0 != "+" && $0 != "/" }.filter { $0.count > 20 }
    #expect(secrets.count >= 2)
    let dump = try folder.write(SyntheticRecord.summary(1).json, to: "d.json")
    for command in [
      ["import", dump], ["encrypt-migrate", "--verify"], ["export", "users", "--decrypt"], ["keys", "status"],
    ] {
      let done = try StravaStore.run(
        command + ["--key-file", keys, "--log-level", "trace"],
        environment: ["MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"])
      #expect(done.exitCode == 2)
      #expect(done.errors.contains("chmod 600"), "\(done.errors)")
      for secret in secrets { #expect(!done.errors.contains(secret)) }
    }
  }
}
