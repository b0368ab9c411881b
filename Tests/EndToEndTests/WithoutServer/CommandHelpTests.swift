import Foundation
import Support
import Testing

/// The output of the program when it does not run a command: help, and errors of the command line.
@Suite(.waiting) struct CommandHelpTests {
  static let commands = [
    [], ["import"], ["export"], ["validate"], ["encrypt-migrate"], ["schema"], ["index"], ["keys"],
    ["keys", "generate"],
    ["keys", "status"], ["keys", "verify"], ["keys", "rotate-master"], ["keys", "drop-master"],
    ["keys", "rotate-data"],
    ["keys", "purge"], ["keys", "destroy"],
  ]

  /// scripts/prose.py checks that the program has the commands and options of the examples.
  @Test(arguments: commands)
  func helpEndsWithExamples(_ command: [String]) throws {
    let asked = try StravaStore.run(command + ["--help"])
    #expect(asked.exitCode == 0 && asked.errors.isEmpty)
    #expect(asked.output.hasPrefix("OVERVIEW: "))
    let parts = asked.output.components(separatedBy: "\n\nEXAMPLES:\n")
    #expect(parts.count == 2)
    let examples = parts.last?.split(separator: "\n") ?? []
    #expect(2...3 ~= examples.count, "\(asked.output)")
    let ownCommand = "strava-store " + command.joined(separator: " ")
    #expect(examples.contains { $0.contains(ownCommand) }, "\(asked.output)")
    #expect(try StravaStore.run(["help"] + command).output == asked.output)
  }

  @Test(arguments: [
    (["imprt", "dumps/"], "unknown command 'imprt'; did you mean 'import'?"),
    (["imprt", "--dry-run", "dumps/"], "unknown command 'imprt'; did you mean 'import'?"),
    (["help", "imprt"], "unknown command 'imprt'; did you mean 'import'?"),
    (["keys", "stauts"], "unknown command 'stauts'; did you mean 'status'?"),
    (["keys", "rotate"], "unknown command 'rotate'; did you mean 'rotate-master' or 'rotate-data'?"),
    (["frobnicate"], "unknown command 'frobnicate'; the commands are import, export, "),
    (["import", "--dri-run"], "unknown option '--dri-run'; did you mean '--dry-run'?"),
    (["import", "--dri-run", "dumps/"], "unknown option '--dri-run'; did you mean '--dry-run'?"),
    (["export", "users", "--frmat=csv"], "unknown option '--frmat'; did you mean '--format'?"),
    (["keys", "status", "--key-fiel", "k"], "unknown option '--key-fiel'; did you mean '--key-file'?"),
    (
      ["import", "dumps/", "--frobnicate"],
      "unknown option '--frobnicate'; `strava-store import --help` lists the options"
    ),
  ])
  func aMisspelledWordIsNamed(_ arguments: [String], says: String) throws {
    let refused = try StravaStore.run(arguments)
    #expect(refused.exitCode == 64 && refused.output.isEmpty)
    #expect(refused.errors.hasPrefix("Error: \(says)"), "\(refused.errors)")
    #expect(refused.errors.contains("\nUsage: strava-store"))
  }

  /// A correct word is not reported as misspelled, whatever else is wrong.
  @Test(arguments: [
    (["import"], "Missing expected argument"), (["export", "users", "--format", "imprt"], "'imprt' is invalid"),
    (["import", "x", "--batch-size", "0"], "--batch-size must be from 1 to 1000"),
    (["export", "users", "--sealed", "keep", "--decrypt"], "cannot be used together"),
  ])
  func otherErrorsStayWhatTheyAre(_ arguments: [String], says: String) throws {
    let refused = try StravaStore.run(arguments)
    #expect(refused.exitCode == 64)
    #expect(refused.errors.contains(says) && !refused.errors.contains("did you mean"), "\(refused.errors)")
  }
}
