import Findings
import SourceText
import StoreAccess
import StravaRecords

/// What became of the records of one kind. Every record read is in exactly one of the other counts.
package struct KindCounts: Sendable, Encodable, Equatable {
  package var read = 0
  package var new = 0
  package var updated = 0
  package var unchanged = 0
  package var superseded = 0
  package var rejected = 0
  package var skipped = 0
  /// Valid, and not written: a dry run.
  package var valid = 0
  /// Read, and not known to be stored: the store failed, or a signal ended the import before.
  package var unwritten = 0

  package init() {}

  var isEmpty: Bool { self == KindCounts() }

  var settled: Int { new + updated + unchanged + superseded + rejected + skipped + valid + unwritten }

  /// An exact copy counts as if it had been written by itself, after the first.
  mutating func add(_ verdict: Verdict, copies: Int) {
    switch verdict {
    case .new:
      new += 1
      unchanged += copies
    case .updated:
      updated += 1
      unchanged += copies
    case .unchanged: unchanged += 1 + copies
    case .superseded: superseded += 1 + copies
    case .refused: rejected += 1 + copies
    }
  }

  static func += (a: inout KindCounts, b: KindCounts) {
    a.read += b.read
    a.new += b.new
    a.updated += b.updated
    a.unchanged += b.unchanged
    a.superseded += b.superseded
    a.rejected += b.rejected
    a.skipped += b.skipped
    a.valid += b.valid
    a.unwritten += b.unwritten
  }
}

/// Counts of an import or a part of it.
struct Tally: Sendable {
  private var kinds = PerKind { _ in KindCounts() }
  /// Text that is no JSON object: read and rejected, of no kind.
  var unreadable = 0
  var stubs = 0
  var notes = NoteCounts()

  /// In place: counted for every record. (A key path to the count would be one object that all threads retain.)
  subscript(kind: RecordKind) -> KindCounts {
    get { kinds[kind] }
    _modify { yield &kinds[kind] }
  }

  mutating func merge(_ other: Tally) {
    for kind in RecordKind.allCases { kinds[kind] += other.kinds[kind] }
    unreadable += other.unreadable
    stubs += other.stubs
    notes.merge(other.notes)
  }

  var total: KindCounts {
    var sum = RecordKind.allCases.reduce(into: KindCounts()) { $0 += kinds[$1] }
    sum.read += unreadable
    sum.rejected += unreadable
    return sum
  }
}

/// What an import did.
package struct ImportSummary: Sendable {
  package var run: String
  package var database: String
  package var isDryRun: Bool
  /// Which share of the records this was.
  package var partition: Partition?
  /// By kind, in a fixed order; kinds that did not occur are left out.
  package var kinds: [(kind: String, counts: KindCounts)]
  /// Text that is no JSON object: read and rejected, of no kind.
  package var unreadable: Int
  package var total: KindCounts
  /// Users made for athletes that were known by id only.
  package var stubs: Int
  /// Findings by what they weigh, and by rule.
  package var weighed: [Severity: [Rule: Int]]
  package var errors: Int
  package var notes: NoteCounts
  /// The environment failed: why, in the words for the user.
  package var failure: String?
  package var stopped: Cancellation.Reason?
  package var bytes: Int
  /// Seconds.
  package var elapsed: Double

  /// Findings by rule, whatever they weigh.
  package var findings: [Rule: Int] { weighed.byRule }
}

extension ImportSummary {
  /// Of an import that could not begin.
  package init(notBegun options: ImportOptions, _ failure: StoreFailure) {
    self.init(
      run: "", database: "", isDryRun: options.isDryRun, partition: options.partition, kinds: [], unreadable: 0,
      total: KindCounts(), stubs: 0,
      weighed: [:], errors: 0, notes: NoteCounts(), failure: failure.ending.failure, stopped: failure.ending.stopped,
      bytes: 0, elapsed: 0)
  }
}
