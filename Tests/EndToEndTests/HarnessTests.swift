import Foundation
import Support
import Testing

/// The tests' own tools: were they to lie, every other test here would.
@Suite(.waiting) struct HarnessTests {
  let sh = "/bin/sh"

  @Test func commandCapturesOutputErrorsAndExitCode() throws {
    let outcome = try Command(sh, ["-c", "echo out; echo err >&2; exit 7"]).run()
    #expect(outcome.termination == .exited(7))
    #expect(outcome.output == "out\n")
    #expect(outcome.errors == "err\n")
  }

  @Test func commandPassesArgumentsEnvironmentAndDirectory() throws {
    let folder = try TemporaryFolder()
    try folder.write("here", to: "inner/file")
    let outcome = try Command(
      sh, ["-c", "printf '%s|%s|' \"$1\" \"$COLOUR\"; cat file", "sh", "two words"],
      environment: ["COLOUR": "blue"], directory: folder.path("inner")
    ).run()
    #expect(outcome.output == "two words|blue|here")
  }

  @Test func commandFeedsMoreThanAPipeHolds() throws {
    let text = String(repeating: "0123456789abcdef", count: 100_000)
    let outcome = try Command("/bin/cat", input: .text(text)).run()
    #expect(outcome.output == text)
  }

  @Test func commandSurvivesAProgramThatReadsNothing() throws {
    let input = Command.Input.bytes([UInt8](repeating: 0, count: 1_000_000))
    #expect(try Command("/bin/true", input: input).run().exitCode == 0)
  }

  @Test func unfinishedInputHasNoEnd() throws {
    let command = try Command("/bin/cat", input: .unfinished(Array("so far".utf8))).start()
    #expect(throws: HarnessError.self) { try command.wait(timeout: .milliseconds(300)) }
    #expect(try command.wait().output == "so far")
  }

  @Test func timeoutKills() throws {
    let command = try Command("/bin/sleep", ["60"]).start()
    let pid = command.processIdentifier
    #expect(throws: HarnessError.self) { try command.wait(timeout: .milliseconds(100)) }
    #expect(try command.wait().termination == .signalled(SIGKILL))
    #expect(kill(pid, 0) == -1 && errno == ESRCH)
  }

  @Test func signalsReachTheProgram() throws {
    let command = try Command(
      sh, ["-c", "trap 'echo caught; exit 130' INT; echo ready; while :; do sleep 0.05; done"]
    ).start()
    while command.outputSoFar.isEmpty { usleep(1000) }
    command.send(SIGINT)
    let outcome = try command.wait()
    #expect(outcome.exitCode == 130)
    #expect(outcome.output == "ready\ncaught\n")
  }

  @Test func aDroppedCommandIsKilled() throws {
    let pid = try Command("/bin/sleep", ["60"]).start().processIdentifier
    var tries = 0
    while kill(pid, 0) == 0, tries < 1000 {
      usleep(10_000)
      tries += 1
    }
    #expect(tries < 1000)
  }

  @Test func aMissingProgramIsAClearError() {
    #expect(throws: HarnessError.self) { try Command("/no/such/program").run() }
  }

  @Test func ourProgramIsFoundAndRuns() throws {
    let outcome = try StravaStore.run(["--help"])
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.contains("strava-store"))
  }

  @Test func sharedServerKeepsDatabasesApart() throws {
    let server = try TestServer.shared
    let (one, other) = (server.uniqueDatabase(), server.uniqueDatabase())
    try one.pymongo.run("db.things.insert_many([{'_id': n} for n in range(3)])")
    #expect(try one.pymongo.counts() == ["things": 3])
    #expect(try other.pymongo.counts().isEmpty)
  }

  @Test func dumpIsCanonicalAndOmitsFields() throws {
    let database = try TestServer.shared.uniqueDatabase()
    try database.pymongo.run(
      """
      from bson import Binary, Decimal128, Int64, ObjectId, SON
      import datetime
      db.b.insert_one(SON([('_id', 2), ('z', 1.0), ('a', {'y': Int64(1), 'x': [None, True, 'é']})]))
      db.b.insert_one({'_id': 1, 'when': datetime.datetime(1970, 1, 1, 0, 0, 1), 'source': {'run': 1, 'file': 'f'}})
      db.a.insert_one({'_id': ObjectId('0' * 24), 'n': Decimal128('1.10'), 'b': Binary(b'\\x00\\xff', 128)})
      """)
    #expect(
      try database.pymongo.dump(omitting: ["when", "source.run"]) == [
        #"a"# + "\t"
          + #"{"_id":{"$oid":"000000000000000000000000"},"b":{"$binary":{"base64":"AP8=","subType":"80"}},"#
          + #""n":{"$numberDecimal":"1.10"}}"#,
        "b\t" + #"{"_id":{"$numberInt":"1"},"source":{"file":"f"}}"#,
        "b\t" + #"{"_id":{"$numberInt":"2"},"a":{"y":{"$numberLong":"1"},"x":[null,true,"\u00e9"]},"#
          + #""z":{"$numberDouble":"1.0"}}"#,
      ])
    #expect(try database.pymongo.dump(collections: ["a"]).count == 1)
  }

  @Test func aKilledServerComesBackWithWhatWasJournalled() throws {
    let server = try TestServer()
    let database = server.uniqueDatabase()
    try database.pymongo.run(
      """
      from pymongo.write_concern import WriteConcern
      db.get_collection('kept', write_concern=WriteConcern('majority', j=True)).insert_one({'_id': 1})
      """)
    try server.kill()
    #expect(throws: HarnessError.self) { try server.kill() }
    try server.start()
    #expect(try database.pymongo.counts() == ["kept": 1])
    try server.stop()
  }

  @Test func aServerThatCannotStartSaysWhy() {
    let error = #expect(throws: HarnessError.self) { try TestServer(.other("--no-such-option")) }
    #expect(error?.description.contains("no-such-option") == true)
  }

  @Test func pythonFailuresAreErrorsWithTheirText() throws {
    let database = try TestServer.shared.uniqueDatabase()
    let error = #expect(throws: HarnessError.self) {
      try database.pymongo.run("raise SystemExit('as asked')")
    }
    #expect(error?.description.contains("as asked") == true)
  }

  @Test func pythonProgramsShareNothing() throws {
    let pymongo = try TestServer.shared.uniqueDatabase().pymongo
    let leaving = "bson.left = os.environ['LEFT'] = 'x'; print(sys.stdin.read(), sys.argv[1])"
    #expect(try pymongo.run(leaving, ["argument"], input: "input") == "input argument\n")
    #expect(try pymongo.run("print(hasattr(bson, 'left'), 'LEFT' in os.environ)") == "False False\n")
  }

  @Test func aPythonProgramThatIsKilledIsAnError() throws {
    let pymongo = try TestServer.shared.uniqueDatabase().pymongo
    let error = #expect(throws: HarnessError.self) {
      try pymongo.run("import signal; print('so far', flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    }
    #expect(error?.description.contains("was killed") == true)
  }
}
