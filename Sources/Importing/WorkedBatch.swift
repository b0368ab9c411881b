import Findings
import StravaRecords

/// What a worker made of a batch or of a part of it, for the stages behind it.
struct WorkedBatch: Sendable {
  /// The input as the user named it.
  let file: String
  /// Of the batch, with its last part.
  let textBytes: Int
  let prepared: PreparedBatch
  var tally = Tally()
  /// Findings in the order of the input; an error among them rejects its record.
  var events: [Event] = []
  /// Findings that are counted only.
  var counted = FindingCounts()
  /// Values in the batch, those of other importers' shares too.
  var values = 0
  /// Whether other importers' shares of the batch hold nothing of Strava's.
  var othersAreForeign = true

  enum Event: Sendable {
    case finding(Finding)
    /// A record with errors.
    case rejected(Rejection)
    /// The first note of its sort in the batch; the place is that of its record.
    case note(NoteCounts.Key, RecordOrigin)
  }
}
