import Foundation
import Support
import Testing

/// Rejected records are kept exactly, sealed, and ready to be imported again.
@Suite(.waiting) struct RejectFileTests {
  typealias Record = SyntheticRecord
  let store: TestStore
  var rejects: String { store.folder.path("rejects.ndjson") }

  init() throws { store = try TestStore() }

  /// Returns the bytes of the rejected records, as decrypted by a program that shares no code with strava-store.
  func decrypted() throws -> [[UInt8]] {
    try store.pymongo.run(file: "open_rejects.py", [store.keyFile, rejects]).split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast().map { [UInt8](Data(base64Encoded: String($0)) ?? Data()) }
  }

  @Test func exactBytesComeBackAndCanBeImported() throws {
    // The same record in another notation, broken ones, and one inside a wrapper.
    let ownerless = Record.summary(90_000_060_001, name: "Marin's run").without("athlete").reformatted
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let second = Record.summary(90_000_060_002).without("athlete").json
    let texts: [[UInt8]] = [
      Array(ownerless.utf8), Array(#"{"id": 7, "name": "Marin \ud800"}"#.utf8),
      Array("{\"id\": 8, \"name\": \"".utf8) + [0xFF, 0xFE] + Array("\", \"city\": \"Port Nemo\"}".utf8),
      Array(second.utf8),
    ]
    var input = Array("\u{FEFF}[ ".utf8) + Array(Record.summary(90_000_060_003, athlete: 900_000_061).json.utf8)
    for text in texts[..<3] { input += Array(" ,\r\n\t".utf8) + text }
    input += Array(", {\"page\": 1, \"activities\": [".utf8) + texts[3] + Array("]} ]".utf8)
    let file = try store.folder.write(input, to: "dump.json")

    let first = try store.run(["--rejects", rejects, file])
    #expect(first.exitCode == 1)
    #expect(first.rules == ["SS051", "SS004", "SS003", "SS051"])
    #expect(first.summary.activities.new == 1)
    #expect(try decrypted() == texts)
    let lines = try RejectLine.read(store.folder, "rejects.ndjson")
    #expect(lines.allSatisfy { $0.version == 1 && $0.file == file })
    #expect(lines.map(\.record) == [2, 3, 4, 5])
    #expect(lines.map(\.length) == texts.map(\.count))
    #expect(lines.map { $0.findings.map(\.rule) } == [["SS051"], ["SS004"], ["SS003"], ["SS051"]])
    for (line, text) in zip(lines, texts) {
      let offset = try #require(line.offset)
      #expect(Array(input[offset..<offset + text.count]) == text)
    }

    // The missing id is added. The broken records are reported again, at their first position.
    let again = try store.run(["--athlete", "900000061", "--rejects", store.folder.path("rest.ndjson"), rejects])
    #expect(again.exitCode == 1)
    #expect(again.summary.activities.new == 2)
    #expect(again.errorFindings == first.errorFindings.filter { $0.rule != "SS051" })
    let rest = try RejectLine.read(store.folder, "rest.ndjson")
    #expect(rest.map(\.offset) == [lines[1].offset, lines[2].offset])

    // The result is the same as if they had never been rejected.
    let straight = try TestServer.shared.uniqueDatabase()
    try store.run(["--athlete", "900000061", file], into: straight)
    let omitted = [
      "created_at", "updated_at", "last_activity_sync", "source.run", "source.imported_at", "source.as_of",
    ]
    let differences = try store.pymongo.run(
      file: "same.py",
      ["--key-file", store.keyFile] + omitted.flatMap { ["--omit", $0] } + [store.database.name, straight.name])
    #expect(differences == "")
  }

  @Test func nothingOfTheRecordIsReadableInIt() throws {
    // A token without an athlete, and an activity that does not name its athlete but contains personal data.
    let records = [
      Record.token(expires: 1_900_000_000).without("athlete"),
      .summary(1, name: "Marin runs").without("athlete").with("photographer", Record.athlete(900_000_062).json)
        .with("nested", #"[{"access_token": "synthetic-access-2"}]"#),
    ]
    let file = try store.folder.write(records.lines, to: "personal.ndjson")
    let refused = try store.run(["--rejects", rejects, file])
    #expect(refused.exitCode == 1)
    #expect(refused.rules == ["SS050", "SS051"])
    let mode = try FileManager.default.attributesOfItem(atPath: rejects)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let kept = String(decoding: try store.folder.read("rejects.ndjson"), as: UTF8.self)
    for secret in ["synthetic-access", "synthetic-refresh", "Marin", "Example", "Port Nemo"] {
      #expect(!kept.contains(secret) && !refused.errors.contains(secret), "\(secret)")
      #expect(!kept.contains(Data(secret.utf8).base64EncodedString().dropLast(4)), "\(secret)")
    }
    let again = try store.run(["--athlete", "900000062", rejects])
    #expect(again.exitCode == 0)
    #expect(again.summary.tokens.new + again.summary.tokens.updated == 1)
    #expect(again.summary.activities.new == 1)
  }

  @Test func anotherKeyOpensNothing() throws {
    let file = try store.folder.write(Record.summary(1).without("athlete").json, to: "a.json")
    try store.run(["--rejects", rejects, file])
    let other = try TestStore(hasOwnKeys: true)
    let good = try other.folder.write(Record.summary(2).without("athlete").json, to: "b.json")
    let result = try other.run(["--athlete", "5", rejects, good])
    #expect(result.exitCode == 2)
    #expect(result.rules == ["SS062"])
    #expect(result.summary.activities.new == 1)

    // Another program has changed the record: it is reported too, but the key is right.
    let spoilt = try String(decoding: store.folder.read("rejects.ndjson"), as: UTF8.self)
      .replacing(/"sealed":"(.{40})(.)/) { "\"sealed\":\"\($0.1)\($0.2 == "A" ? "B" : "A")" }
    let changed = try store.run(["--athlete", "5", store.folder.write(spoilt, to: "changed.ndjson")])
    #expect(changed.exitCode == 1)
    #expect(changed.rules == ["SS061"])
    #expect(try store.pymongo.counts()["activities", default: 0] == 0)
  }

  @Test func aFileThatIsThereIsNeverTouched() throws {
    let file = try store.folder.write(Record.summary(1).json, to: "a.json")
    try store.folder.write("mine", to: "rejects.ndjson")
    let link = store.folder.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: store.folder.path("elsewhere"))
    for path in [rejects, link, store.folder.path("no/such/folder"), store.folder.path, "/proc/rejects"] {
      let result = try store.run(["--rejects", path, file])
      #expect(result.exitCode == 2, "\(path)")
      #expect(result.summary.failure?.contains("cannot create the reject file \(path): ") == true, "\(path)")
    }
    #expect(try store.folder.read("rejects.ndjson") == Array("mine".utf8))
    #expect(!FileManager.default.fileExists(atPath: store.folder.path("elsewhere")))
    #expect(try store.pymongo.counts()["activities", default: 0] == 0)
  }

  @Test func aDryRunKeepsRejectsTooGivenAKey() throws {
    let file = try store.folder.write(Record.summary(1).without("athlete").json, to: "a.json")
    let without = try StravaStore.run(["import", "--dry-run", "--rejects", rejects, file])
    #expect(without.exitCode == 2)
    #expect(without.errors.contains("key file"))
    #expect(!FileManager.default.fileExists(atPath: rejects))
    #expect(try store.run(["--dry-run", "--rejects", rejects, file]).exitCode == 1)
    #expect(try store.run(["--athlete", "5", rejects]).summary.activities.new == 1)
  }

  /// A shell's limit for the size of files acts as a full disk.
  @Test func aFileThatHasNoRoomEndsTheImportWithWholeLinesInIt() throws {
    // The records are long enough that the messages stay below the limit.
    let long = (1...3).map { Record.summary(Int64($0), name: String(repeating: "x", count: 100_000)) }
    let file = try store.folder.write((long.map { $0.without("athlete") } + [.summary(4)]).lines, to: "long.ndjson")
    let program = try store.command(["--rejects", rejects, file])
    let limited = Command(
      "/bin/bash", ["-c", "ulimit -f 200; TMPDIR=/nowhere exec \"$0\" \"$@\"", program.executable] + program.arguments,
      environment: program.environment, directory: program.directory)
    let result = try ImportOutcome(limited.run())
    #expect(result.exitCode == 2)
    #expect(result.summary.failure?.contains("cannot write the reject file: File too large") == true)
    #expect(try RejectLine.read(store.folder, "rejects.ndjson").map(\.record) == [1])

    let again = try store.run(["--athlete", "900000001", file])
    #expect(again.exitCode == 0)
    #expect(try store.pymongo.counts()["activities"] == 4)
  }
  /// The activity belongs to the object around it, which the reject file does not contain.
  @Test func aRejectKeepsWhoseItWas() throws {
    let file = try store.folder.write(
      "{\"athlete\": {\"id\": 905}, \"activities\": [\(Record.summary(1).without("athlete").with("brand_new", "1").json)]}",
      to: "page.json")
    #expect(try store.run(["--strict", "--rejects", rejects, file]).summary.total.rejected == 1)
    let again = try store.run([rejects])
    #expect(again.exitCode == 0)
    #expect(again.summary.activities.new == 1)
    #expect(try store.pymongo.run("print(db.activities.find_one()['athlete_id'])") == "905\n")
  }

  @Test func aRejectFileInTheFolderThatIsReadIsRefused() throws {
    let file = try store.folder.write("{\"id\": 1}", to: "dump/a.json")
    let inside = store.folder.path("dump/rejects.ndjson")
    let result = try store.run(["--rejects", inside, String(file.dropLast("/a.json".count))])
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("is inside the input folder"))
    #expect(!FileManager.default.fileExists(atPath: inside))
  }

  /// Anyone can change the members beside the sealed record.
  @Test func aLineOfAnotherVersionOrWithoutAPositionIsReported() throws {
    let file = try store.folder.write(Record.summary(1).without("athlete").json, to: "a.json")
    try store.run(["--rejects", rejects, file])
    let kept = try Data(store.folder.read("rejects.ndjson"))
    func edited(_ name: String, _ value: Int) throws -> String {
      var line = try #require(JSONSerialization.jsonObject(with: kept) as? [String: Any])
      #expect(line[name] is Int)
      line[name] = value
      return String(decoding: try JSONSerialization.data(withJSONObject: line), as: UTF8.self)
    }
    var lines = try ["record", "line", "column", "offset"].flatMap { name in
      try [Int.max, Int.min, -1].map { try edited(name, $0) }
    }
    for version in [0, 2, Int.max] { lines.append(try edited("strava_store_reject", version)) }
    lines.append(String(decoding: kept, as: UTF8.self))
    let result = try store.run([
      "--athlete", "5", store.folder.write(lines.joined(separator: "\n"), to: "edited.ndjson"),
    ])
    #expect(result.exitCode == 1, "\(result.errors)")
    #expect(result.rules == Array(repeating: "SS061", count: 15))
    #expect(result.errorFindings.map(\.line) == (1...15).map(Optional.some))
    #expect(result.summary.total.rejected == 15)
    #expect(result.errors.contains("version 2"))
    #expect(result.summary.activities.new == 1)
  }
}
