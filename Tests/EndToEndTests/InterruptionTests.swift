import Foundation
import Support
import Testing

/// Ctrl-C, SIGTERM and SIGHUP: a clean stop, with a summary that is true.
@Suite(.waiting) struct InterruptionTests {
  typealias Record = SyntheticRecord
  let bench: ImportFixture

  init() throws { bench = try ImportFixture() }

  static let signals = [
    (number: SIGINT, code: Int32(130), stopped: "interrupt"), (SIGTERM, 143, "terminate"), (SIGHUP, 129, "hang_up"),
  ]

  @Test(arguments: signals)
  func inTheMiddleOfALargeImport(signal: (number: Int32, code: Int32, stopped: String)) throws {
    // The queues hold all of these soon, and would take 200 bulks to empty.
    let count = 4000
    let bulk = 20
    let records = (1...count).map { Record.summary(Int64($0)) }
    let file = try bench.folder.write(records.lines, to: "large.ndjson")
    let held = try HeldImport(
      bench, ["--batch-size", "\(bulk)", "--writers", "1", file], once: 50,
      during: """
        os.kill(pid, \(signal.number))
        print(db.activities.count_documents({}))
        """)
    let told = try held.ended()
    #expect(told.exitCode == signal.code)
    #expect(told.summary.stopped == signal.stopped)
    #expect(told.errors.contains("interrupted"))
    let counts = told.summary.activities
    let stored = try #require(try bench.pymongo.counts()["activities"])
    #expect(counts.new == stored)
    #expect(counts.new + counts.unwritten == counts.read)
    // What was under way is finished, and no more begun: one bulk when the signal is sent, some until it is heard.
    let before = try #require(Int(held.printed.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(before < count - 50 * bulk)
    #expect(stored - before <= 50 * bulk)

    let rest = try bench.run([file])
    #expect(rest.exitCode == 0)
    #expect(rest.summary.activities.new == count - stored)
    #expect(rest.summary.activities.unchanged == stored)
  }

  /// Enough that some of it is stored while the rest is waited for.
  static let flowing = Array((1...6000).map { Record.summary(Int64($0)) }.lines.utf8)

  @Test(arguments: signals)
  func whileAPipeGivesNothing(signal: (number: Int32, code: Int32, stopped: String)) throws {
    let held = try HeldImport(
      bench, ["-"], input: .unfinished(Self.flowing), during: "os.kill(pid, \(signal.number))")
    let told = try held.ended()
    #expect(told.exitCode == signal.code)
    #expect(told.summary.stopped == signal.stopped)
    #expect(told.summary.activities.new == (try bench.pymongo.counts()["activities"]))
  }

  @Test func withNothingReadAtAll() throws {
    let command = try bench.command(["-"], input: .unfinished([])).start()
    // The first write of all makes the unique indexes.
    while command.isRunning, try bench.pymongo.counts().isEmpty {}
    command.send(SIGINT)
    let told = try ImportOutcome(command.wait())
    #expect(told.exitCode == 130)
    #expect(told.summary.total == PrintedSummary.Counts())
  }

  @Test(arguments: signals)
  func aSecondSignalEndsItAtOnce(signal: (number: Int32, code: Int32, stopped: String)) throws {
    // The pipe that gives nothing is waited for two seconds after the first one.
    let command = try bench.command(["-"], input: .unfinished([])).start()
    while command.isRunning, try bench.pymongo.counts().isEmpty {}
    while command.isRunning {
      command.send(signal.number)
      usleep(100_000)
    }
    let outcome = try command.wait()
    #expect(outcome.exitCode == signal.code)
    #expect(outcome.output.isEmpty)
  }
}
