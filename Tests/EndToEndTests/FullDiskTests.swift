import Foundation
import Support
import Testing

/// No space for the output: by the limit that a shell sets on files, and by /dev/full. Exit code 2, whatever
/// else there was to report, and nothing that looks complete.
@Suite(.waiting) struct FullDiskTests {
  /// The command in a shell that lets no file grow beyond so many KiB. What it says goes through a pipe, which has no
  /// limit. The thread sanitizer writes a file when a program starts, and does without where there is
  /// no folder for it.
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

  private func withoutRoomForOutput(_ command: Command) -> Command {
    Command(
      "/bin/sh", ["-c", #"exec "$0" "$@" > /dev/full"#, command.executable] + command.arguments,
      environment: command.environment, directory: command.directory)
  }

  /// Documents that no compression makes small.
  private func filled() throws -> ExportFixture {
    let bench = try ExportFixture()
    try bench.pymongo.run(
      """
      db.activities.insert_many([{'_id': n, 'strava_activity_id': n, 'description': os.urandom(500).hex()}
        for n in range(3000)])
      """)
    return bench
  }

  @Test(arguments: [
    ["-o", "a.ndjson"], ["-o", "a.json", "--format", "json"], ["-o", "a.ndjson.gz"], ["-o", "a.ndjson.zst"],
    ["-o", "folder", "--split-by", "size:400k"], ["-o", "folder", "--format", "bson"],
  ])
  func anExportWithoutRoomLeavesNoFile(_ output: [String]) throws {
    let bench = try filled()
    let command = try bench.command(["activities", "--json"] + output)
    let told = try bench.read(limited(to: 300, command).run())
    #expect(told.exitCode == 2)
    #expect(told.failure?.contains("cannot write ") == true)
    #expect(told.failure?.contains(": File too large") == true, "\(told.failure ?? "no failure")")
    #expect(told.files.isEmpty && told.total.written == 0 && told.total.unfinished == told.total.read)
    #expect(try bench.names() == ["keys.json"])
    #expect(try bench.read(command.run()).total.written == 3000)
  }

  @Test func anExportToFullStandardOutputSaysSo() throws {
    let bench = try filled()
    let told = try withoutRoomForOutput(bench.command(["activities"])).run()
    #expect(try bench.names() == ["keys.json"])
    #expect(told.exitCode == 2)
    #expect(told.errors.contains("cannot write to standard output: No space left on device"), "\(told.errors)")
  }

  /// The caller waits for the answer, and must not take 0 or 1 for one.
  @Test func aSummaryThatCannotBePrintedIsAFailure() throws {
    let bench = try ExportFixture()
    let input = try bench.folder.write(SyntheticRecord.summary(1).json, to: "a.json")
    try bench.store.run([input])
    let environment = ["MONGODB_URI": bench.store.database.uri, "STRAVA_STORE_KEY_FILE": bench.store.keyFile]
    let connected = ["--json", "--db", bench.store.database.name]
    for arguments in [
      ["validate", "--json", input], ["import", input] + connected, ["index", "--dry-run"] + connected,
      ["encrypt-migrate", "--verify"] + connected, ["keys", "status"] + connected,
      ["export", "activities", "-o", "out"] + connected, ["schema"],
    ] {
      let command = try StravaStore.command(arguments, environment: environment, directory: bench.folder.path)
      let told = try withoutRoomForOutput(command).run()
      #expect(told.exitCode == 2, "\(arguments): \(told.errors)")
      #expect(told.errors.contains("cannot write to standard output: No space left on device"), "\(told.errors)")
    }
    #expect(try bench.names().contains("out"), "what was exported before is whole")
  }

  @Test func aKeyFileWithoutRoomIsNone() throws {
    let folder = try TemporaryFolder()
    let told = try limited(
      to: 0, StravaStore.command(["keys", "generate", "--key-file", folder.path("keys.json")])
    ).run()
    #expect(told.exitCode == 2, "\(told.errors)")
    #expect(
      told.errors.contains("cannot create the key file \(folder.path("keys.json")): File too large"), "\(told.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  /// The old file stays, and the database names no master that is not in it.
  @Test func aMasterThatCannotBeWrittenIsNotUsed() throws {
    let keys = try KeysFixture()
    let input = try keys.bench.folder.write(SyntheticRecord.token().json, to: "token.json")
    try keys.bench.run([input])
    let before = try keys.bench.folder.read("keys.json")
    let told = try KeysOutcome(limited(to: 0, keys.command(["keys", "rotate-master", "--json"])).run())
    #expect(told.exitCode == 2)
    #expect(told.printed.failure?.contains("cannot change the key file \(keys.bench.keyFile): File too large") == true)
    #expect(try keys.bench.folder.read("keys.json") == before)
    #expect(!FileManager.default.fileExists(atPath: keys.bench.keyFile + ".new"))
    #expect(try keys.keys("verify").exitCode == 0)
    #expect(try keys.keys("rotate-master").done("masters_made") == 1)
  }
}
