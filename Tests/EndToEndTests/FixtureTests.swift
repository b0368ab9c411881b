import Foundation
import Support
import Testing

/// Every fixture leads to the result in the file beside it.
@Suite(.waiting) struct FixtureTests {
  static let fixtures = Checkout.root.appending(path: "fixtures")
  var valid: String { Self.fixtures.appending(path: "valid").path }

  struct Expected: Decodable {
    struct File: Decodable {
      let read: [String: Int]
      let warnings: [String: Int]?
    }
    let stored: [String: Int]
    let files: [String: File]
  }

  func expected() throws -> Expected {
    try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: Self.fixtures.appending(path: "valid.expected.json")))
  }

  @Test func eachFileHoldsWhatIsSaidOfIt() throws {
    let store = try TestStore()
    for (name, file) in try expected().files.sorted(by: { $0.key < $1.key }) {
      let result = try store.run(["--dry-run", "\(valid)/\(name)"])
      #expect(result.exitCode == 0, "\(name)")
      #expect(result.summary.kinds.mapValues(\.read) == file.read, "\(name)")
      // Archives hold other files, too.
      let findings = result.summary.findings.filter { $0.key != "SS018" }
      #expect(findings == file.warnings ?? [:], "\(name)")
      #expect(result.summary.total.rejected == 0, "\(name)")
    }
  }

  @Test func allOfThemAreStoredAndAgainWriteNothing() throws {
    let expected = try expected()
    let store = try TestStore()
    let first = try store.run(["--origin", "fixture", valid])
    #expect(first.exitCode == 0)
    #expect(first.errorFindings.isEmpty)
    let read = expected.files.values.reduce(into: [:]) { $0.merge($1.read, uniquingKeysWith: +) }
    #expect(first.summary.kinds.mapValues(\.read) == read)
    #expect(first.summary.activities.new == expected.stored["activities"])
    #expect(first.summary.insights.new == expected.stored["insights"])
    #expect(try store.stored() == expected.stored)
    let skipped = Set(first.summary.kinds.keys).subtracting([
      "activity", "athlete", "token", "athlete_zones", "insight",
    ])
    for kind in skipped { #expect(first.summary.kinds[kind]?.skipped == read[kind], "\(kind)") }
    // These records do not name an athlete.
    #expect(first.summary.kinds["athlete_zones"]?.skipped == 1)

    let before = try store.pymongo.dump()
    let again = try store.run(["--origin", "fixture", valid])
    #expect(again.exitCode == 0)
    #expect(again.summary.total.new == 0)
    #expect(again.summary.total.updated == 0)
    #expect(again.summary.stubs == 0)
    #expect(again.summary.kinds.mapValues(\.read) == read)
    #expect(try store.pymongo.dump() == before)
  }

  @Test func dashReadsTheSameAsTheFile() throws {
    let store = try TestStore()
    let file = "\(valid)/wrappings/concatenated.json"
    let result = try store.run(["-"], input: .file(file))
    #expect(result.exitCode == 0)
    #expect(result.summary.activities.new == 2)
    #expect(
      try store.pymongo.run("print(sorted((a['source']['file'], a['source']['record']) for a in db.activities.find()))")
        == "[('-', 1), ('-', 2)]\n")
  }

  // MARK: invalid/

  struct Broken: Decodable {
    struct Place: Decodable {
      let rule: String
      let line: Int
      let column: Int
      let record: Int?
      let pointer: String?
    }
    let why: String
    let findings: [Place]
    let stored: [String: Int]
  }

  @Test func eachBrokenFileIsDistinguishedFromTheGoodRecordsInIt() throws {
    let folder = Self.fixtures.appending(path: "invalid")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let inputs = names.filter { !$0.hasSuffix(".expected.json") }
    #expect(inputs.count > 70)
    let store = try TestStore()
    let server = try TestServer.shared
    var stored: [String: [String: Int]] = [:]
    for name in inputs {
      let beside = folder.appending(path: name.prefix { $0 != "." } + ".expected.json")
      let expected = try JSONDecoder().decode(Broken.self, from: Data(contentsOf: beside))
      let path = folder.appending(path: name).path
      let database = server.uniqueDatabase()
      let result = try store.run([path], into: database)
      #expect(result.exitCode == 1, "\(name)")
      let wanted = expected.findings.map { finding in
        "\(path):\(finding.line):\(finding.column) \(finding.record ?? 0) \(finding.pointer ?? "") \(finding.rule)"
      }
      let shown = result.errorFindings.map { finding in
        "\(finding.file):\(finding.line ?? 0):\(finding.column ?? 0) \(finding.record ?? 0) \(finding.pointer) "
          + finding.rule
      }
      #expect(shown.sorted() == wanted.sorted(), "\(name)")
      #expect(result.summary.errors == wanted.count, "\(name)")
      #expect(result.summary.total.rejected == Set(expected.findings.compactMap(\.record)).count, "\(name)")
      #expect(result.errorFindings.allSatisfy { $0.message.count > 10 }, "\(name)")
      stored[database.name] = expected.stored.merging(["file": inputs.firstIndex(of: name) ?? -1]) { old, _ in old }
    }
    let asked = String(decoding: try JSONEncoder().encode(stored), as: UTF8.self)
    let differences = try store.pymongo.run(
      """
      for name, reported in json.load(sys.stdin).items():
          db = client[name]
          found = {
              "activities": db.activities.count_documents({}), "insights": db.insights.count_documents({}),
              "users": db.users.count_documents({"raw_data": {"$exists": True}})}
          file = reported.pop("file")
          if found != reported:
              print(sys.argv[1 + file], found, reported)
      """, inputs, input: asked)
    #expect(differences == "")
  }
}
