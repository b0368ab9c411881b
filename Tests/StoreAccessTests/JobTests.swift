import Findings
import Logging
import StoreAccess
import Synchronization
import Testing

/// How a job begins and ends in its frame.
@Suite("Jobs")
struct JobTests {
  private struct Counts: JobSummary {
    var documents = 0
    var ending = JobEnding()
  }

  private struct Fake: Job {
    let body: @Sendable (JobFrame<DocumentProgress>) throws -> Counts

    var notBegun: Counts { Counts(documents: -1) }
    func perform(in frame: JobFrame<DocumentProgress>) throws -> Counts { try body(frame) }
  }

  private final class Shown: Sendable {
    let rules = Mutex<[Rule]>([])
  }

  private let shown = Shown()
  private let frame: JobFrame<DocumentProgress>

  init() {
    frame = JobFrame(DocumentProgress(), cancellation: Cancellation(), log: Logger(label: "tests")) { [shown] finding in
      shown.rules.withLock { $0.append(finding.rule) }
    }
  }

  @Test("the summary has what the frame's findings say, and the time")
  func ended() {
    let summary = Fake { frame in
      frame.findings.add(Finding(.tooLarge, "one"))
      frame.findings.add(Finding(.tooLarge, "two", severity: .warning))
      frame.findings.add(Finding(.tooDeep, "three"))
      return Counts(documents: 3)
    }.run(in: frame)
    #expect(summary.documents == 3)
    #expect(summary.weighed == [.error: [.tooLarge: 1, .tooDeep: 1], .warning: [.tooLarge: 1]])
    #expect(summary.findings == [.tooLarge: 2, .tooDeep: 1])
    #expect(summary.errors == 2)
    #expect(summary.ending.obstacle == nil)
    #expect(summary.failure == nil)
    #expect(summary.stopped == nil)
    #expect(summary.elapsed > 0)
    #expect(shown.rules.withLock { $0 } == [.tooLarge, .tooLarge, .tooDeep])
  }

  @Test("a failure on the way is in the summary, with the counts")
  func failed() {
    let summary = Fake { frame in
      frame.findings.fail("the server is gone")
      frame.findings.fail("and gone")
      return Counts(documents: 1)
    }.run(in: frame)
    #expect(summary.documents == 1)
    #expect(summary.failure == "the server is gone")
    #expect(summary.stopped == .storeFailed)
    #expect(summary.ending.obstacle == nil)
  }

  @Test("a failure after the last step stops nothing")
  func failedAtTheEnd() {
    let summary = Fake { frame in
      frame.findings.note(failure: "the plan could not be read again")
      return Counts()
    }.run(in: frame)
    #expect(summary.failure == "the plan could not be read again")
    #expect(summary.stopped == nil)
  }

  @Test("an interruption is how the job ended, not a failure")
  func interrupted() {
    let summary = Fake { frame in
      frame.cancellation.request(.interrupt)
      frame.findings.fail(unlessStopped: StoreFailure("the connection was closed"))
      return Counts(documents: 2)
    }.run(in: frame)
    #expect(summary.documents == 2)
    #expect(summary.stopped == .interrupt)
    #expect(summary.failure == nil)
  }

  @Test("a job that cannot begin says why, and counts nothing")
  func notBegun() {
    let summary = Fake { frame in
      frame.findings.add(Finding(.tooLarge, "one"))
      throw StoreFailure("no answer from the server")
    }.run(in: frame)
    #expect(summary.documents == -1)
    #expect(summary.ending.obstacle == "no answer from the server")
    #expect(summary.failure == "no answer from the server")
    #expect(summary.stopped == nil)
    #expect(summary.findings == [:])
    #expect(summary.elapsed == 0)
  }
}
