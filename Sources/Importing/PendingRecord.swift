import BSON
import FieldCrypto
import Sealing
import StravaRecords

/// A record with what its writer found out about it.
final class PendingRecord {
  let batch: PreparedBatch
  let record: PreparedRecord
  /// Strava id of the athlete whose it is, and whose data key seals it.
  var athlete: Int64?
  /// `users._id` of the owner (activities, insights).
  var owner: ObjectID?
  /// `activities._id` that an insight speaks of.
  var activity: ObjectID?
  /// Where exact copies of it stand, which share its fate.
  var copies: [RecordOrigin] = []
  /// The run has brought its id before, with other content of the same rank.
  var differs = false
  /// How its values are sealed; nil where it holds none to seal.
  var sealing: RecordSealing?

  init(_ batch: PreparedBatch, _ record: PreparedRecord) {
    self.batch = batch
    self.record = record
    athlete = record.athlete
    if case .strava(let id) = record.key, record.kind != .activity { athlete = id }
  }

  func holdsSealed(under policy: SealingPolicy) -> Bool {
    switch record.kind {
    case .athlete, .token: return true
    case .athleteZones where policy.classes.contains(.health): return true
    default:
      guard record.policy != policy, let raw = batch.raw(of: record).baseAddress else { return record.isSealed }
      return policy.classes.valueCount(in: BSONView(raw)) > 0
    }
  }
}

/// What a record is sealed by.
struct RecordSealing {
  let policy: SealingPolicy
  /// The owning athlete's.
  let key: DataKey
  /// Of the settings that were in force when the key was looked up, or earlier.
  let generation: Int64
}
