import Foundation
import Support
import Testing

/// A key file with a passphrase, which is read from a file descriptor or from the terminal.
@Suite(.waiting) struct PassphraseCommandTests {
  private let fixture: KeysFixture
  private let passphrase = "grüne Wiese, 7 Schafe"

  init() throws {
    fixture = try KeysFixture()
    try FileManager.default.removeItem(atPath: fixture.store.keyFile)
  }

  private func generate() throws {
    let made = try StravaStore.run(
      ["keys", "generate", "--key-file", fixture.store.keyFile, "--passphrase-fd", "0"],
      input: .text(passphrase + "\nbehind it"))
    guard made.exitCode == 0 else { throw HarnessError("no key file: \(made.errors)") }
  }

  /// Runs the program on a terminal that types these answers.
  private func onTerminal(_ answers: [String], _ arguments: [String]) throws -> Outcome {
    let script = Checkout.root.appending(path: "Tests/Interop/terminal.py").path
    return try Command(
      try Checkout.inVenv("python"), [script] + answers + ["--", KeysFixture.program] + arguments,
      environment: fixture.environment
    ).run()
  }

  @Test func everyCommandTakesItFromADescriptor() throws {
    try generate()
    #expect(
      try String(contentsOfFile: fixture.store.keyFile, encoding: .utf8).hasPrefix("-----BEGIN STRAVA-STORE KEY FILE"))
    let given = ["--passphrase-fd", "0"]
    for command in [
      ["import", KeysFixture.fixtures], ["encrypt-migrate", "--verify"], ["keys", "status"], ["keys", "rotate-master"],
      ["keys", "verify"],
    ] {
      let outcome = try fixture.run(command + given, input: .text(passphrase + "\n"))
      #expect(outcome.exitCode == 0, "\(command): \(outcome.errors)")
      #expect(!(outcome.errors + outcome.output).contains("Wiese"))
    }
    #expect(
      try String(contentsOfFile: fixture.store.keyFile, encoding: .utf8).hasPrefix("-----BEGIN STRAVA-STORE KEY FILE"))
    // The answers to a question follow the passphrase on the same descriptor.
    let decrypted = try fixture.run(
      ["encrypt-migrate", "--decrypt"] + given, input: .text("decrypt\nin clear\n" + passphrase + "\n"))
    #expect(decrypted.exitCode == 0, "\(decrypted.errors)")
  }

  @Test func aWrongOneOrNoneIsTheEnvironmentsFailure() throws {
    try generate()
    for text in ["grüne Wiese, 8 Schafe\n", "\n", ""] {
      let refused = try fixture.run(["keys", "status", "--passphrase-fd", "0"], input: .text(text))
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("passphrase") && !refused.errors.contains("Wiese"), "\(refused.errors)")
    }
    #expect(try fixture.run(["keys", "status", "--passphrase-fd", "99"]).exitCode == 2)
    #expect(try fixture.run(["keys", "status", "--passphrase-fd", "-1"]).exitCode == 64)
    // A process in a new session has no terminal.
    let alone = try Command(
      "/usr/bin/setsid", ["-w", KeysFixture.program, "keys", "status"], environment: fixture.environment,
      input: .text(passphrase + "\n")
    ).run()
    #expect(alone.exitCode == 2)
    #expect(alone.errors.contains("no terminal"))
  }

  @Test func theTerminalDoesNotShowIt() throws {
    let made = try onTerminal([passphrase, passphrase], ["keys", "generate", "--passphrase"])
    #expect(made.exitCode == 0, "\(made.output)")
    #expect(made.output.contains("Passphrase for the new key file: ") && made.output.contains("key file"))
    #expect(!made.output.contains("Wiese"))

    let imported = try onTerminal(
      [passphrase], ["import", "--db", fixture.store.database.name, KeysFixture.fixtures, "--quiet"])
    #expect(imported.exitCode == 0, "\(imported.output)")
    #expect(imported.output.contains("Passphrase for ") && !imported.output.contains("Wiese"))
    #expect(try #require(fixture.pymongo.counts()["activities"]) > 100)

    let wrong = try onTerminal(["grüne"], ["keys", "status", "--db", fixture.store.database.name])
    #expect(wrong.exitCode == 2)
    #expect(wrong.output.contains("passphrase is wrong"))
  }

  @Test(arguments: [("SIGTERM", Int32(143)), ("SIGHUP", 129)])
  func aSignalAtTheQuestionLeavesTheTerminalAsItWas(signal: String, code: Int32) throws {
    let made = try onTerminal([signal], ["keys", "generate", "--passphrase"])
    #expect(made.exitCode == code, "\(made.output) \(made.errors)")
    #expect(!FileManager.default.fileExists(atPath: fixture.store.keyFile))
    try generate()
    let stopped = try onTerminal(
      [signal], ["import", KeysFixture.fixtures, "--json", "--db", fixture.store.database.name])
    #expect(stopped.exitCode == code, "\(stopped.output) \(stopped.errors)")
    #expect(stopped.output.contains("\"exit_code\":\(code)"))
  }

  @Test func twoDifferentAnswersMakeNoFileAndControlCInterrupts() throws {
    let differing = try onTerminal([passphrase, "grüne"], ["keys", "generate", "--passphrase"])
    #expect(differing.exitCode == 2)
    #expect(differing.output.contains("the two passphrases differ"))
    let interrupted = try onTerminal([passphrase, "^C"], ["keys", "generate", "--passphrase"])
    #expect(interrupted.exitCode == 130, "\(interrupted.output) \(interrupted.errors)")
    #expect(!FileManager.default.fileExists(atPath: fixture.store.keyFile))

    try generate()
    let exported = fixture.store.folder.path("activities.ndjson")
    for command in [
      ["import", KeysFixture.fixtures], ["keys", "status"], ["encrypt-migrate"],
      ["export", "activities", "--decrypt", "-o", exported],
    ] {
      let stopped = try onTerminal(["^C"], command + ["--json", "--db", fixture.store.database.name])
      #expect(stopped.exitCode == 130, "\(command): \(stopped.output) \(stopped.errors)")
      #expect(stopped.output.contains(#""exit_code":130"#), "\(command): \(stopped.output)")
      #expect(stopped.output.contains(#""stopped":"interrupt""#), "\(command): \(stopped.output)")
    }
    #expect(!FileManager.default.fileExists(atPath: exported))
  }
}
