import Findings
import SourceText
import StoreAccess
import StravaRecords

/// The counts of records of one kind. Every record read is in exactly one of the other counts.
package struct KindCounts: Sendable, Encodable, Equatable {
  package var read = 0
  package var new = 0
  package var updated = 0
  package var unchanged = 0
  package var superseded = 0
  package var rejected = 0
  package var skipped = 0
  /// Valid records that were not written, in a dry run.
  package var valid = 0
  /// Records that were read and may not be stored: the store failed, or a signal ended the import earlier.
  package var unwritten = 0

  package init() {}

  var isEmpty: Bool { self == KindCounts() }

  package var settled: Int { new + updated + unchanged + superseded + rejected + skipped + valid + unwritten }

  /// Counts a verdict. An exact copy counts as if it had been written by itself, after the first.
  package mutating func add(_ verdict: Verdict, copies: Int) {
    switch verdict {
    case .new:
      new += 1
      unchanged += copies
    case .updated:
      updated += 1
      unchanged += copies
    case .unchanged: unchanged += 1 + copies
    case .superseded: superseded += 1 + copies
    case .refused, .otherAthlete: rejected += 1 + copies
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

/// The counts of an import or of a part of it.
package struct Tally: Sendable {
  private var kinds = PerKind { _ in KindCounts() }
  /// Number of texts that are not JSON objects. They count as read and rejected, but have no kind.
  package var unreadable = 0
  package var stubs = 0
  package var notes = NoteCounts()

  /// Changes a count in place, because this is called for every record. A key path to the count would be one object
  /// that all threads retain.
  package init() {}

  package subscript(kind: RecordKind) -> KindCounts {
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

/// The result of an import.
package struct ImportSummary: JobSummary {
  /// The name; empty if the import could not begin. `database` is empty then, and also in a dry run.
  package internal(set) var run = ""
  package internal(set) var database = ""
  package let isDryRun: Bool
  /// The share of the records that was imported.
  package let partition: Partition?
  /// The counts by kind, in a fixed order; kinds without records are left out.
  package private(set) var kinds: [(kind: String, counts: KindCounts)] = []
  /// Number of texts that are not JSON objects. They count as read and rejected, but have no kind.
  package private(set) var unreadable = 0
  package private(set) var total = KindCounts()
  /// The number of users created for athletes of whom only the id was known.
  package private(set) var stubs = 0
  package private(set) var notes = NoteCounts()
  package internal(set) var bytes = 0
  package var ending = JobEnding()

  package init(of options: ImportOptions) {
    isDryRun = options.isDryRun
    partition = options.partition
  }

  package mutating func count(_ tally: Tally) {
    kinds = RecordKind.allCases.filter { !tally[$0].isEmpty }.map { ($0.rawValue, tally[$0]) }
    unreadable = tally.unreadable
    total = tally.total
    stubs = tally.stubs
    notes = tally.notes
  }
}
