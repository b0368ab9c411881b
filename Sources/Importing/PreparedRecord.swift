import BSON
import FieldCrypto
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// A record that is ready for the store, without what only the store knows (its owner's `_id`, whether it exists).
///
/// It is a class because many stages pass it on before it reaches a bulk.
final class PreparedRecord: Sendable {
  enum Key: Hashable, Sendable {
    case strava(Int64)
    case object(ObjectID)

    /// This array is created for every record, so it reserves no more capacity than it needs.
    func hash(into hasher: inout Hasher) {
      switch self {
      case .strava(let id): hasher.combine(id)
      case .object(let id): hasher.combine(id)
      }
    }
  }

  let kind: RecordKind
  /// The natural key: the Strava id, or an insight's own `_id`.
  let key: Key
  /// The detected `resource_state`.
  let rank: Int32
  /// The time of the content, if it has one: an athlete's `updated_at`, a token's `expires_at`.
  let time: BSONDate?
  let digest: Digest256
  /// The range of its typed elements in the batch.
  let fields: Range<Int>
  /// The range of the record itself, a document, in the batch.
  let raw: Range<Int>
  /// The Strava id of the owner, for records that may not contain it (activities, tokens, zones).
  let athlete: Int64?
  let references: InsightReferences?
  /// The policy that the record was checked for, and whether it contains anything to seal under that policy.
  let policy: SealingPolicy
  let isSealed: Bool
  /// The offsets of those of its elements that the policy may seal; nil if they are unknown.
  let sealedOffsets: [UInt32]?
  /// The classes that values nested inside the record's own values may have.
  let innerClasses: SensitivityClasses
  let origin: RecordOrigin

  init(
    kind: RecordKind, key: Key, rank: Int32, time: BSONDate?, digest: Digest256, fields: Range<Int>, raw: Range<Int>,
    athlete: Int64?, references: InsightReferences?, policy: SealingPolicy, isSealed: Bool,
    sealedOffsets: [UInt32]?, innerClasses: SensitivityClasses, origin: RecordOrigin
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
    self.sealedOffsets = sealedOffsets
    self.innerClasses = innerClasses
    self.origin = origin
  }
}

/// What an insight refers to; resolved by the writer.
struct InsightReferences: Sendable {
  let user: RecordReference
  let activity: RecordReference?
  /// The time at which the platform created the insight, if the input contains it.
  let createdAt: BSONDate?
}

/// The origin of a record: its `source`, and its bytes in case the store refuses it.
struct RecordOrigin: Sendable {
  let batch: RecordBatch
  let slice: RecordSlice
  /// The JSON Pointer from the slice's value to the record.
  let pointer: String
}

/// The result of a worker for one batch. All writers get the whole batch, and each takes its share.
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

  /// The number of bytes of its documents.
  var bytes: Int { documents.count }

  /// Returns the record's typed elements.
  func fields(of record: PreparedRecord) -> UnsafeRawBufferPointer { fields.bytes(record.fields) }

  /// Returns the original record, a document.
  func raw(of record: PreparedRecord) -> UnsafeRawBufferPointer { documents.bytes(record.raw) }
}
