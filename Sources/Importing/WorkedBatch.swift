import Findings
import StravaRecords

/// What a worker made of a batch or of a part of it, for the stages behind it.
struct WorkedBatch: Sendable {
  /// Of the batch, with its last part.
  let textBytes: Int
  let prepared: PreparedBatch
  var tally = Tally()
  /// Findings in the order of the input; an error among them rejects its record.
  var events: [Event] = []
  /// Findings that are counted only.
  var counted = FindingCounts()

  enum Event: Sendable {
    case finding(Finding)
    /// A record with errors.
    case rejected(Rejection)
    /// The first note of its sort in the batch; the place is that of its record.
    case note(NoteCounts.Key, RecordOrigin)
  }
}
