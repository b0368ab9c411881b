import BSON
import FieldCrypto
import Sealing
import StravaRecords

/// A record with what its writer found out about it.
final class PendingRecord {
  let batch: PreparedBatch
  let record: PreparedRecord
  /// The Strava id of the athlete who owns the record and whose data key seals it.
  var athlete: Int64?
  /// The owner's `users._id` (activities, insights); nil if the owner has no user document, which only the platform's
  /// form allows.
  var owner: ObjectID?
  /// The form that the record is written in.
  var form = StoreForm.specification
  /// The `activities._id` that an insight refers to.
  var activity: ObjectID?
  /// The positions of exact copies of the record, which get the same verdict.
  var copies: [RecordOrigin] = []
  /// True if the run has already read this id with different content of the same rank.
  var differs = false
  /// The number of milliseconds by which the stored time may be later without being the newer one. The platform's
  /// backend stores when a token expires in its host's local time, as if it were UTC.
  var timeError: Int64 { form == .platform && record.kind == .token ? 14 * 3_600_000 : 0 }
  /// How its values are sealed; nil if it contains none to seal.
  var sealing: RecordSealing?

  init(_ batch: PreparedBatch, _ record: PreparedRecord) {
    self.batch = batch
    self.record = record
    athlete = record.athlete
    if case .strava(let id) = record.key, record.kind != .activity, record.kind != .exportRow { athlete = id }
  }

  func holdsSealed(under policy: SealingPolicy) -> Bool {
    switch record.kind {
    case .athlete, .token, .exportProfile: return true
    case .athleteZones where policy.classes.contains(.health): return true
    default:
      guard record.policy != policy, let raw = batch.raw(of: record).baseAddress else { return record.isSealed }
      return policy.classes.valueCount(in: BSONView(raw)) > 0
    }
  }
}

/// The key and the generation that seal a record.
struct RecordSealing {
  let policy: SealingPolicy
  /// The data key of the owning athlete.
  let key: DataKey
  /// The generation of the settings when the key was looked up, or an earlier one.
  let generation: Int64
  /// The time of the athlete's first data key. Sealed values that were written before cannot be decrypted; nil if the
  /// athlete's keys were rotated.
  let keysSince: BSONDate?
}
