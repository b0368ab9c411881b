import Foundation
import Support
import Testing

/// `import --partition`: several importers share one input.
@Suite(.waiting) struct PartitionTests {
  typealias Counts = PrintedSummary.Counts

  private func check(_ paths: [String], _ partition: String? = nil, in directory: String? = nil) throws -> ImportOutcome
  {
    let share = partition.map { ["--partition", $0] } ?? []
    return try ImportOutcome(
      StravaStore.run(["import", "--dry-run", "--json"] + share + paths, directory: directory))
  }

  /// Runs each share separately: together they are the whole, and no record is in two of them.
  private func sharesMakeTheWhole(_ paths: [String], of count: Int) throws {
    let whole = try check(paths)
    let shares = try (1...count).map { try check(paths, "\($0)/\(count)") }
    for kind in whole.summary.kinds.keys {
      let sum = shares.reduce(Counts()) { $0 + ($1.summary.kinds[kind] ?? Counts()) }
      #expect(sum == whole.summary.kinds[kind], "\(paths) \(kind)")
    }
    #expect(shares.reduce(Counts()) { $0 + $1.summary.total } == whole.summary.total, "\(paths)")
    let findings = shares.reduce(into: [String: Int]()) { $0.merge($1.summary.findings, uniquingKeysWith: +) }
    #expect(findings == whole.summary.findings, "\(paths)")
    #expect(shares.reduce(0) { $0 + $1.summary.unreadable } == whole.summary.unreadable, "\(paths)")
    #expect(shares.map { $0.exitCode ?? -1 }.max() == whole.exitCode, "\(paths)")
    for share in shares { #expect(share.exitCode == (share.summary.errors > 0 ? 1 : 0), "\(paths)") }
    // The number of findings that are shown is limited.
    guard whole.findings.count < 20 else { return }
    func result(_ findings: [ShownFinding]) -> [String] { findings.map { "\($0)" }.sorted() }
    #expect(result(shares.flatMap(\.findings)) == result(whole.findings), "\(paths)")
  }

  @Test(arguments: [("valid", 3), ("invalid", 2), ("invalid", 7)])
  func sharesOfTheFixtures(_ folder: String, _ count: Int) throws {
    try sharesMakeTheWhole([Checkout.root.appending(path: "fixtures/\(folder)").path], of: count)
  }

  @Test func sharesOfEachWrapping() throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    for path in try SameRecords.write(into: folder) { try sharesMakeTheWhole([path], of: 2) }
  }

  /// The object is too large for memory: its members are separate records, and each share knows their owner.
  @Test func sharesOfALargeContainer() throws {
    let text = String(repeating: "synthetic ", count: 100_000)
    let activities = (0..<20).map {
      SyntheticRecord.summary(92_000_000_001 + Int64($0)).without("athlete").with("description", "\"\(text)\"").json
    }
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = try folder.write(
      "{\"athlete\": {\"id\": 900000001}, \"activities\": [\(activities.joined(separator: ",\n"))]}", to: "large.json")
    try sharesMakeTheWhole([path], of: 3)
    let share = try check([path], "2/3")
    #expect((6...7).contains(share.summary.activities.valid), "dealt out in turn")
  }

  /// A dump with one record in each file is shared too, and each host may keep it in another folder.
  @Test func sharesDoNotDependOnWhereTheFolderIs() throws {
    let hosts = try ["a", "elsewhere/deep"].map { path in
      let folder = try TemporaryFolder()
      for number in 0..<60 {
        try folder.write(
          SyntheticRecord.summary(92_000_000_001 + Int64(number)).json, to: "\(path)/dump/\(number).json")
      }
      return folder
    }
    defer { withExtendedLifetime(hosts) {} }
    let shares = try [
      check([hosts[0].path("a/dump")], "1/3"),
      check(["dump/"], "2/3", in: hosts[1].path("elsewhere/deep")),
      check(["."], "3/3", in: hosts[0].path("a/dump")),
    ]
    let valid = shares.map(\.summary.activities.valid)
    #expect(valid.reduce(0, +) == 60)
    #expect(valid.allSatisfy { $0 >= 10 }, "\(valid)")
    // The files are also named one by one.
    let files = (0..<60).map { hosts[0].path("a/dump/\($0).json") }
    #expect(try check(files, "2/3").summary.activities.valid == valid[1])
  }

  @Test func whatCannotBeReadIsReportedByEach() throws {
    for share in ["1/2", "2/2"] {
      let result = try check(["/nowhere/dump.json"], share)
      #expect(result.exitCode == 2)
      #expect(result.summary.findings == ["SS014": 1])
    }
  }

  @Test(arguments: ["0/2", "3/2", "1", "1/", "-1/2", "1/2/3", "a/b", "1/0"])
  func noPartition(_ text: String) throws {
    #expect(try StravaStore.run(["import", "--dry-run", "--partition=\(text)", "x.json"]).exitCode == 64)
  }

  /// This includes insights, whose users are mostly in another share.
  @Test func allAtOnceEndLikeOne() throws {
    let records = SyntheticDump.everything(activities: 300, athletes: 24)
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let third = records.count / 3
    try folder.write(records[..<third].map(\.json).joined(separator: "\n"), to: "dump/lines.ndjson")
    try folder.write(
      "[" + records[third..<(2 * third)].map(\.json).joined(separator: ",\n") + "]", to: "dump/array.json")
    for (number, record) in records[(2 * third)...].enumerated() {
      try folder.write(record.json, to: "dump/single/\(number).json")
    }
    let paths = [folder.path("dump"), Checkout.root.appending(path: "fixtures/valid/wrappings").path]
    let one = try TestStore()
    let whole = try one.starting(paths).ended()
    #expect(whole.exitCode == 0, "\(whole.errors)")

    let four = try TestStore()
    let running = try (1...4).map { try four.starting(paths + ["--partition", "\($0)/4"]) }
    let done = try running.map { try $0.ended() }
    #expect(done.map(\.exitCode) == [0, 0, 0, 0], "\(done.map(\.errors))")
    #expect(try four.content() == one.content())
    for (number, share) in done.enumerated() {
      #expect(share.errors.contains("partition \(number + 1)/4"))
      #expect(share.summary.total.read > 0)
    }
    let sum = done.reduce(Counts()) { $0 + $1.summary.total }
    #expect(sum.read == whole.summary.total.read)
    #expect(sum.skipped == whole.summary.total.skipped)
    #expect(sum.rejected + sum.unwritten == 0)
    #expect(done.reduce(0) { $0 + $1.summary.activities.new } == whole.summary.activities.new)
    #expect(done.reduce(0) { $0 + $1.summary.insights.new } == whole.summary.insights.new)

    let again = try four.starting(paths).ended()
    #expect(again.summary.total.new + again.summary.total.updated == 0)
  }
}
