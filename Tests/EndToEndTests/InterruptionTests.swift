import Foundation
import Support
import Testing

/// Ctrl-C, SIGTERM and SIGHUP: a clean stop, with a correct summary.
@Suite(.waiting) struct InterruptionTests {
  typealias Record = SyntheticRecord
  let store: TestStore

  init() throws { store = try TestStore() }

  static let signals = [
    (number: SIGINT, code: Int32(130), stopped: "interrupt"), (SIGTERM, 143, "terminate"), (SIGHUP, 129, "hang_up"),
  ]

  @Test(arguments: signals)
  func inTheMiddleOfALargeImport(signal: (number: Int32, code: Int32, stopped: String)) throws {
    // The queues soon hold all of these records, and it would take 200 bulks to empty them.
    let count = 4000
    let bulk = 20
    let records = (1...count).map { Record.summary(Int64($0)) }
    let file = try store.folder.write(records.lines, to: "large.ndjson")
    let held = try HeldImport(
      store, ["--batch-size", "\(bulk)", "--writers", "1", file], once: 50,
      during: """
        os.kill(pid, \(signal.number))
        print(db.activities.count_documents({}))
        """)
    let result = try held.ended()
    #expect(result.exitCode == signal.code)
    #expect(result.summary.stopped == signal.stopped)
    #expect(result.errors.contains("interrupted"))
    let counts = result.summary.activities
    let stored = try #require(try store.pymongo.counts()["activities"])
    #expect(counts.new == stored)
    #expect(counts.new + counts.unwritten == counts.read)
    // The bulks in progress are finished, and no more begin: one when the signal is sent, some until it arrives.
    let before = try #require(Int(held.printed.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(before < count - 50 * bulk)
    #expect(stored - before <= 50 * bulk)

    let rest = try store.run([file])
    #expect(rest.exitCode == 0)
    #expect(rest.summary.activities.new == count - stored)
    #expect(rest.summary.activities.unchanged == stored)
  }

  /// These are enough records that some are stored while the rest is waited for.
  static let flowing = Array((1...30_000).map { Record.summary(Int64($0)) }.lines.utf8)

  @Test(arguments: signals)
  func whileAPipeGivesNothing(signal: (number: Int32, code: Int32, stopped: String)) throws {
    let held = try HeldImport(
      store, ["-"], input: .unfinished(Self.flowing), during: "os.kill(pid, \(signal.number))")
    let result = try held.ended()
    #expect(result.exitCode == signal.code)
    #expect(result.summary.stopped == signal.stopped)
    #expect(result.summary.activities.new == (try store.pymongo.counts()["activities"]))
  }

  @Test func withNothingReadAtAll() throws {
    let command = try store.command(["-"], input: .unfinished([])).start()
    // The first write of all creates the unique indexes.
    while command.isRunning, try store.pymongo.counts().isEmpty {}
    command.send(SIGINT)
    let result = try ImportOutcome(command.wait())
    #expect(result.exitCode == 130)
    #expect(result.summary.total == PrintedSummary.Counts())
  }

  @Test(arguments: signals)
  func aSecondSignalEndsItAtOnce(signal: (number: Int32, code: Int32, stopped: String)) throws {
    // The import waits two seconds after the first signal for the pipe, which has no data.
    let command = try store.command(["-"], input: .unfinished([])).start()
    while command.isRunning, try store.pymongo.counts().isEmpty {}
    while command.isRunning {
      command.send(signal.number)
      usleep(100_000)
    }
    let outcome = try command.wait()
    #expect(outcome.exitCode == signal.code)
    #expect(outcome.output.isEmpty)
  }
}
