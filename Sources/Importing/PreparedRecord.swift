import BSON
import FieldCrypto
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// A record that is ready for the store, but for what only the store knows (its owner's `_id`, whether it is there).
///
/// A class, since it goes from hand to hand on its way into a bulk.
final class PreparedRecord: Sendable {
  enum Key: Hashable, Sendable {
    case strava(Int64)
    case object(ObjectID)

    /// For every record: no more than has to go in.
    func hash(into hasher: inout Hasher) {
      switch self {
      case .strava(let id): hasher.combine(id)
      case .object(let id): hasher.combine(id)
      }
    }
  }

  let kind: RecordKind
  /// The natural key: Strava's id, for insights their own `_id`.
  let key: Key
  /// `resource_state` as detected.
  let rank: Int32
  /// The content's own time, where it has one: an athlete's `updated_at`, a token's `expires_at`.
  let time: BSONDate?
  let digest: Digest256
  /// Where its typed elements are among the batch's.
  let fields: Range<Int>
  /// Where the record itself, a document, is among the batch's.
  let raw: Range<Int>
  /// Strava id of the owner, where the record itself may not say it (activities, tokens, zones).
  let athlete: Int64?
  let references: InsightReferences?
  /// The policy that it was looked through for, and whether it holds anything to seal under that.
  let policy: SealingPolicy
  let isSealed: Bool
  /// Where those of its elements begin that the policy may seal; nil where that is not known.
  let sealedPlaces: [UInt32]?
  /// Classes that values inside its own ones may have.
  let innerClasses: SensitivityClasses
  let origin: RecordOrigin

  init(
    kind: RecordKind, key: Key, rank: Int32, time: BSONDate?, digest: Digest256, fields: Range<Int>, raw: Range<Int>,
    athlete: Int64?, references: InsightReferences?, policy: SealingPolicy, isSealed: Bool,
    sealedPlaces: [UInt32]?, innerClasses: SensitivityClasses, origin: RecordOrigin
  ) {
    self.kind = kind
    self.key = key
    self.rank = rank
    self.time = time
    self.digest = digest
    self.fields = fields
    self.raw = raw
    self.athlete = athlete
    self.references = references
    self.policy = policy
    self.isSealed = isSealed
    self.sealedPlaces = sealedPlaces
    self.innerClasses = innerClasses
    self.origin = origin
  }
}

/// What an insight refers to; resolved by the writer.
struct InsightReferences: Sendable {
  let user: RecordReference
  let activity: RecordReference?
  /// When the platform made it, where the input says so.
  let createdAt: BSONDate?
}

/// Where a record came from: its `source`, and its bytes should the store refuse it.
struct RecordOrigin: Sendable {
  let batch: RecordBatch
  let slice: RecordSlice
  /// JSON Pointer from the slice's value to the record.
  let pointer: String
}

/// What a worker makes of one batch: goes to the writers whole, each takes its share.
final class PreparedBatch: Sendable {
  let records: [PreparedRecord]
  private let fields: SharedBytes
  private let documents: SharedBytes

  static let empty = PreparedBatch(
    records: [], fields: SharedBytes(ByteBuffer()), documents: SharedBytes(ByteBuffer()))

  init(records: [PreparedRecord], fields: SharedBytes, documents: SharedBytes) {
    self.records = records
    self.fields = fields
    self.documents = documents
  }

  /// The record's typed elements.
  func fields(of record: PreparedRecord) -> UnsafeRawBufferPointer { fields.bytes(record.fields) }

  /// The record as it came, a document.
  func raw(of record: PreparedRecord) -> UnsafeRawBufferPointer { documents.bytes(record.raw) }
}
