import Foundation
import SeededRandom
import Support
import Testing

/// The report says which input is wrong, where and why, and the valid records around the error are stored.
@Suite(.waiting) struct BadInputTests {
  typealias Record = SyntheticRecord
  let store: TestStore

  init() throws { store = try TestStore() }

  /// Returns a valid record of about this many bytes.
  func padded(_ id: Int64, _ bytes: Int) -> [UInt8] {
    let record = Record.summary(id).with("padding", "\"\"").json
    return Array(record.dropLast(2).utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: bytes) + Array("\"}".utf8)
  }

  @Test func recordsBeyondWhatADocumentHoldsAreReportedByPosition() throws {
    let texts =
      [Array(Record.summary(1).json.utf8), padded(2, 17 << 20), Array(Record.summary(3).json.utf8)]
      + [padded(4, 40 << 20), Array(Record.summary(5).json.utf8)]
    let file = try store.folder.write(
      Array("[\n ".utf8) + texts.joined(separator: Array(",\n ".utf8)) + Array("\n]\n".utf8), to: "large.json")
    let result = try store.run(["--rejects", store.folder.path("rejects"), file])
    #expect(result.exitCode == 1)
    #expect(result.errorFindings.map { "\($0.line ?? 0):\($0.column ?? 0)" } == ["3:2", "5:2"])
    #expect(result.rules == ["SS009", "SS009"])
    #expect(result.summary.total.read == 5)
    #expect(result.summary.activities.new == 3)
    #expect(try ids() == [1, 3, 5])

    let rejects = try RejectLine.read(store.folder, "rejects")
    #expect(rejects.map(\.record) == [2, 4])
    #expect(rejects.map(\.length) == [texts[1].count, texts[3].count])
    #expect(rejects.map(\.line) == [3, 5])
    #expect(rejects[0].sealed?.count == texts[1].count + 58)
    #expect(rejects[1].sealed == nil)
  }

  /// The numbers of the stored activities, in order.
  func ids() throws -> [Int] {
    let text = try store.pymongo.run(
      "print(json.dumps(sorted(a['strava_activity_id'] for a in db.activities.find({}, {'strava_activity_id': 1}))))")
    return try JSONDecoder().decode([Int].self, from: Data(text.utf8))
  }

  @Test func filesThatGrowOrVanishWhileOthersAreRead() throws {
    let count: Int64 = 500
    let large = (1...count).map { padded($0, 80_000) + [0x0A] }.joined()
    let growing = try store.folder.write(large, to: "dump/a.ndjson")
    try store.folder.write(Record.summary(1001).json, to: "dump/b.json")
    try store.folder.write(Record.summary(1002).json, to: "dump/c.json")
    try store.folder.write(Record.summary(1003).json, to: "more.json")
    // While the import is held, a large part of the first file is still unread: it has 40 MB, of which the queues hold
    // 10.
    let held = try HeldImport(
      store, ["--batch-size", "1", "--writers", "1", store.folder.path("dump")],
      during: """
        os.remove(f"{folder}/dump/b.json")
        with open(f"{folder}/dump/a.ndjson", "ab") as file, open(f"{folder}/more.json", "rb") as more:
            file.write(more.read() + b"\\n")
        """)
    let result = try held.ended()
    #expect(result.exitCode == 2)
    #expect(
      result.findings.map { "\($0.severity) \($0.file) \($0.rule)" } == [
        "warning \(growing) SS015", "error \(store.folder.path("dump/b.json")) SS014",
      ])
    #expect(result.findings.first?.message.contains("grew") == true)
    #expect(try ids() == Array(1...Int(count)) + [1002, 1003])
  }

  /// Files that no user can read, not even root.
  @Test func entriesThatCannotBeRead() throws {
    let folder = try store.folder.write(Record.summary(1).json, to: "dump/a.json").dropLast(7)
    for (name, target) in [("b", "nowhere"), ("c", "c.json"), ("d", "/proc/self/mem")] {
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name).json", withDestinationPath: target)
    }
    try store.folder.write(Record.summary(2).json, to: "dump/e.json")
    let result = try store.run([String(folder)])
    #expect(result.exitCode == 2)
    #expect(result.rules.allSatisfy { $0 == "SS014" })
    #expect(Set(result.errorFindings.map(\.file)) == Set(["b", "c", "d"].map { "\(folder)/\($0).json" }))
    #expect(result.errors.contains("No such file or directory"))
    #expect(result.errors.contains("Too many levels of symbolic links"))
    #expect(try ids() == [1, 2])
  }

  /// Runs as a user who lacks root's right to read every file.
  @Test func filesAndFoldersOfOthers() throws {
    for name in ["dump/a.json", "dump/b.json", "dump/c/d.json", "dump/e.json"] {
      try store.folder.write(Record.summary(name == "dump/e.json" ? 2 : 1).json, to: name)
    }
    let closed = ["dump/b.json", "dump/c"].map(store.folder.path)
    for path in closed { chmod(path, 0) }
    defer { for path in closed { chmod(path, 0o700) } }
    var command = try store.command([store.folder.path("dump")])
    if getuid() == 0 {
      command.arguments = ["--bounding-set=-dac_override,-dac_read_search", command.executable] + command.arguments
      command.executable = "/usr/bin/setpriv"
    }
    let result = try ImportOutcome(command.run())
    #expect(result.exitCode == 2)
    #expect(result.errorFindings.map { "\($0.file) \($0.rule)" }.sorted() == closed.map { "\($0) SS014" })
    #expect(result.errorFindings.allSatisfy { $0.message.contains("Permission denied") })
    #expect(try ids() == [1, 2])
  }

  @Test func inputsWithNothingInThemBetweenGoodOnes() throws {
    let folder = store.folder
    try FileManager.default.createDirectory(atPath: folder.path("none/at/all"), withIntermediateDirectories: true)
    try folder.write("not JSON", to: "none/README.txt")
    // The reader reports an input that is not text. The workers report errors inside a text.
    let bad = try [
      folder.write("", to: "empty.json"), folder.write((0...255).map { UInt8($0) }, to: "binary.json"),
      folder.path("none"), folder.write([0x1F, 0x8B, 0x08, 0x00], to: "stub.json.gz"),
      folder.write("plain text", to: "named.zip"),
    ]
    let good = try (1...2).map { try folder.write(Record.summary($0).json, to: "\($0).json") }
    let result = try store.run([good[0]] + bad + [good[1]])
    #expect(result.exitCode == 1)
    let rules = zip(bad, ["SS012", "SS010", "SS013", "SS016", "SS016"])
    #expect(Set(result.errorFindings.map { "\($0.file) \($0.rule)" }) == Set(rules.map { "\($0) \($1)" }))
    #expect(result.summary.errors == bad.count)
    #expect(result.errorFindings.allSatisfy { $0.message.count > 15 })
    #expect(try ids() == [1, 2])

    let missing = try store.run([good[0], folder.path("missing.json"), good[1]])
    #expect(missing.exitCode == 2)
    #expect(missing.rules == ["SS014"])
    #expect(missing.summary.activities.unchanged == 2)
  }

  @Test(arguments: ["lines.ndjson.gz", "lines.ndjson.xz", "dump.zip", "dump.tar.gz"])
  func archivesThatAreCutShort(name: String) throws {
    let folder = store.folder
    // The numbers compress badly, so half of the bytes has about half of the records.
    var numbers = Seeded(5)
    let records = (1...2000).map { Record.summary(Int64($0)).with("x", "\"\(numbers.next())\(numbers.next())\"") }
    try folder.write(records.lines, to: "lines.ndjson")
    let program = """
      import gzip, lzma, os, sys, tarfile, zipfile
      name, lines = sys.argv[1], open("lines.ndjson", "rb").read()
      if name.endswith(".tar.gz"):
          with tarfile.open(name, "w:gz") as archive: archive.add("lines.ndjson")
      elif name.endswith(".zip"):
          with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive: archive.write("lines.ndjson")
      else:
          open(name, "wb").write((gzip if name.endswith(".gz") else lzma).compress(lines))
      os.truncate(name, os.path.getsize(name) // 2)
      """
    let made = try Command(try Checkout.inVenv("python"), ["-c", program, name], directory: folder.path).run()
    try #require(made.exitCode == 0, "\(made.errors)")
    let last = try folder.write(Record.summary(9001).json, to: "last.json")
    let result = try store.run(["--quiet", folder.path(name), last])
    #expect(result.exitCode == 1)
    #expect(result.rules.contains("SS016"))
    #expect(result.errorFindings.allSatisfy { $0.file.hasPrefix(folder.path(name)) })
    let stored = try ids()
    #expect(stored == Array(1..<stored.count) + [9001])
    #expect(stored.count > 200 && stored.count < 2000)
    #expect(stored.count == result.summary.activities.new)
  }
}
