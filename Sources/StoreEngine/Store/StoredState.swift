import BSON
import FieldCrypto

/// What the store holds under a record's key, as far as it decides about the record.
struct StoredState {
  var key: PreparedRecord.Key?
  /// `resource_state`; absent from documents that import has not written.
  var rank: Int64?
  /// The one that such a document's `raw_data` claims.
  var rawRank: Int64?
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
      // Other writers may have stored the id as a double.
      key = (id.integer ?? id.number.flatMap { Int64(exactly: $0) }).map(PreparedRecord.Key.strava)
      if id.is(.objectID) { key = .object(ObjectID(UnsafeRawBufferPointer(start: id.base, count: 12))) }
    }
    rank = document["resource_state"]?.number.map { Int64($0) }
    rawRank = raw?["resource_state"]?.integer
    if let field = target.timeField, let value = document[field], case .date(let date) = BSONValue(value) {
      time = date
    }
    if let value = source?["digest"], case .binary(_, let bytes) = BSONValue(value) {
      digest = bytes.withUnsafeBytes { Digest256(bytes: $0) }
    }
    if let run = source?["run"], case .binary(_, let bytes) = BSONValue(run),
      let at = source?["imported_at"], case .date(let date) = BSONValue(at)
    {
      write = WriteStamp(run: bytes, at: date)
    }
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
      if held != Int64(record.rank) { return held > Int64(record.rank) }
      guard let time, let other = record.time else { return false }
      return time > other
    }
  }
}

/// One bulk write of one run: tells whether a stored document came of it, when its acknowledgement was lost.
struct WriteStamp: Equatable {
  /// UUID of the run, 16 bytes.
  let run: [UInt8]
  let at: BSONDate
}
