import Findings
import StravaRecords

/// The result of a worker for a batch or a part of it, for the following stages.
struct WorkedBatch: Sendable {
  /// The input as the user named it.
  let file: String
  /// The progress of the batch, in its last part.
  let textBytes: Int
  let prepared: PreparedBatch
  var tally = Tally()
  /// Findings in the order of the input; an error among them rejects its record.
  var events: [Event] = []
  /// The findings that are only counted.
  var counted = FindingCounts()
  /// The number of values in the batch, including those in other importers' shares.
  var values = 0
  /// True if other importers' shares of the batch contain no Strava data.
  var othersAreForeign = true

  enum Event: Sendable {
    case finding(Finding)
    /// A record with errors.
    case rejected(Rejection)
    /// The first note of its sort in the batch, with the position of its record.
    case note(NoteCounts.Key, RecordOrigin)
  }
}
