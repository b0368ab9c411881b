import BSON
import FieldCrypto

/// What the store holds under a record's key, as far as it decides about the record.
struct StoredState {
  var key: PreparedRecord.Key?
  /// `resource_state`; absent from documents that import has not written. A double, since others may have stored any
  /// number.
  var rank: Double?
  /// The one that such a document's `raw_data` claims.
  var rawRank: Double?
  var time: BSONDate?
  var digest: Digest256?
  /// The write that put it there.
  var write: WriteStamp?

  init(_ document: BSONView, _ target: RecordTarget) {
    var raw = document["raw_data"]?.document
    var source = document["source"]?.document
    if let half = target.half {
      raw = raw?[half]?.document
      source = source?[half]?.document
    }
    if let id = document[target.keyField] {
      key = id.wholeNumber.map(PreparedRecord.Key.strava)
      if id.is(.objectID) { key = .object(ObjectID(UnsafeRawBufferPointer(start: id.base, count: 12))) }
    }
    rank = document["resource_state"]?.number
    rawRank = raw?["resource_state"]?.number
    if let field = target.timeField, let value = document[field], case .date(let date) = BSONValue(value) {
      time = date
    }
    if let (_, bytes) = source?["digest"]?.binary { digest = Digest256(bytes: bytes) }
    if let run = source?["run"], case .binary(_, let bytes) = BSONValue(run),
      let at = source?["imported_at"], case .date(let date) = BSONValue(at)
    {
      write = WriteStamp(run: bytes, at: date)
    }
  }

  /// True where another write of this run put other content of the record's rank there.
  func differs(from record: PreparedRecord, inRun run: [UInt8], _ precedence: RecordTarget.Precedence) -> Bool {
    guard write?.run == run, digest != record.digest else { return false }
    return precedence == .time || rank == Double(record.rank)
  }

  /// True where the stored content stays as it is, whatever the record brings.
  func outranks(_ record: PreparedRecord, _ precedence: RecordTarget.Precedence) -> Bool {
    switch precedence {
    case .content: return false
    case .time:
      guard let time else { return false }
      return record.time.map { time > $0 } ?? true
    case .rankThenTime:
      guard let held = rank ?? rawRank else { return false }
      if held != Double(record.rank) { return held > Double(record.rank) }
      guard let time, let other = record.time else { return false }
      return time > other
    }
  }
}

extension BSONField {
  /// An id that other writers may have stored as any number.
  var wholeNumber: Int64? { integer ?? number.flatMap { Int64(exactly: $0) } }
}

/// One bulk write of one run: tells whether a stored document came of it, when its acknowledgement was lost.
struct WriteStamp: Equatable {
  /// UUID of the run, 16 bytes.
  let run: [UInt8]
  let at: BSONDate
}
