import Foundation
import Support
import Testing

/// There is no space for the output, because of a shell's limit for files or because of /dev/full. The exit code is 2,
/// whatever else there was to report, and no file looks complete.
@Suite(.waiting) struct FullDiskTests {
  /// Returns the command in a shell that limits files to this many KiB. Its messages go through a pipe, which has no
  /// limit. The thread sanitizer writes a file when a program starts, unless it has no folder for it.
  private func limited(to size: Int, _ command: Command) -> Command {
    Command(
      "/bin/bash",
      [
        "-c",
        #"""
        set -o pipefail
        { ( ulimit -f "$1"; shift; TMPDIR=/nowhere exec "$0" "$@" ) 2>&1 1>&3 | cat >&2; } 3>&1 | cat
        """#,
        command.executable, "\(size)",
      ] + command.arguments, environment: command.environment, directory: command.directory)
  }

  private func withoutSpaceForOutput(_ command: Command) -> Command {
    Command(
      "/bin/sh", ["-c", #"exec "$0" "$@" > /dev/full"#, command.executable] + command.arguments,
      environment: command.environment, directory: command.directory)
  }

  /// Documents that do not compress well.
  private func filled() throws -> ExportFixture {
    let fixture = try ExportFixture()
    try fixture.pymongo.run(
      """
      db.activities.insert_many([{'_id': n, 'strava_activity_id': n, 'description': os.urandom(500).hex()}
        for n in range(3000)])
      """)
    return fixture
  }

  @Test(arguments: [
    ["-o", "a.ndjson"], ["-o", "a.json", "--format", "json"], ["-o", "a.ndjson.gz"], ["-o", "a.ndjson.zst"],
    ["-o", "folder", "--split-by", "size:400k"], ["-o", "folder", "--format", "bson"],
  ])
  func anExportWithoutSpaceLeavesNoFile(_ output: [String]) throws {
    let fixture = try filled()
    let command = try fixture.command(["activities", "--json"] + output)
    let result = try fixture.read(limited(to: 300, command).run())
    #expect(result.exitCode == 2)
    #expect(result.failure?.contains("cannot write ") == true)
    #expect(result.failure?.contains(": File too large") == true, "\(result.failure ?? "no failure")")
    #expect(result.files.isEmpty && result.total.written == 0 && result.total.unfinished == result.total.read)
    #expect(try fixture.names() == ["keys.json"])
    #expect(try fixture.read(command.run()).total.written == 3000)
  }

  @Test func anExportToFullStandardOutputSaysSo() throws {
    let fixture = try filled()
    let result = try withoutSpaceForOutput(fixture.command(["activities"])).run()
    #expect(try fixture.names() == ["keys.json"])
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("cannot write to standard output: No space left on device"), "\(result.errors)")
  }

  /// The caller waits for the answer, and must not mistake 0 or 1 for one.
  @Test func aSummaryThatCannotBePrintedIsAFailure() throws {
    let fixture = try ExportFixture()
    let input = try fixture.folder.write(SyntheticRecord.summary(1).json, to: "a.json")
    try fixture.store.run([input])
    let environment = ["MONGODB_URI": fixture.store.database.uri, "STRAVA_STORE_KEY_FILE": fixture.store.keyFile]
    let connected = ["--json", "--db", fixture.store.database.name]
    for arguments in [
      ["validate", "--json", input], ["import", input] + connected, ["index", "--dry-run"] + connected,
      ["encrypt-migrate", "--verify"] + connected, ["keys", "status"] + connected,
      ["export", "activities", "-o", "out"] + connected, ["schema"],
    ] {
      let command = try StravaStore.command(arguments, environment: environment, directory: fixture.folder.path)
      let result = try withoutSpaceForOutput(command).run()
      #expect(result.exitCode == 2, "\(arguments): \(result.errors)")
      #expect(result.errors.contains("cannot write to standard output: No space left on device"), "\(result.errors)")
    }
    #expect(try fixture.names().contains("out"), "what was exported before is whole")
  }

  @Test func aKeyFileWithoutSpaceIsNone() throws {
    let folder = try TemporaryFolder()
    let result = try limited(
      to: 0, StravaStore.command(["keys", "generate", "--key-file", folder.path("keys.json")])
    ).run()
    #expect(result.exitCode == 2, "\(result.errors)")
    #expect(
      result.errors.contains("cannot create the key file \(folder.path("keys.json")): File too large"),
      "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  /// The old file is kept, and the database does not name a master key that is missing in it.
  @Test func aMasterThatCannotBeWrittenIsNotUsed() throws {
    let keys = try KeysFixture()
    let input = try keys.store.folder.write(SyntheticRecord.token().json, to: "token.json")
    try keys.store.run([input])
    let before = try keys.store.folder.read("keys.json")
    let result = try KeysOutcome(limited(to: 0, keys.command(["keys", "rotate-master", "--json"])).run())
    #expect(result.exitCode == 2)
    #expect(
      result.printed.failure?.contains("cannot change the key file \(keys.store.keyFile): File too large") == true)
    #expect(try keys.store.folder.read("keys.json") == before)
    #expect(!FileManager.default.fileExists(atPath: keys.store.keyFile + ".new"))
    #expect(try keys.keys("verify").exitCode == 0)
    #expect(try keys.keys("rotate-master").done("masters_made") == 1)
  }
}
