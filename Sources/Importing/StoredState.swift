import BSON
import FieldCrypto
import Foundation
import StravaRecords

/// The stored state under a record's key, as far as it affects what happens to the record.
struct StoredState {
  var key: PreparedRecord.Key?
  /// The `resource_state`; missing from documents that import has not written. It is a double because other programs
  /// may have stored any number.
  var rank: Double?
  /// The rank that such a document's `raw_data` claims.
  var rawRank: Double?
  var time: BSONDate?
  var digest: Digest256?
  /// The digests of versions that `digest` replaced in the run that wrote it.
  var also: [Digest256] = []
  /// The bulk write that stored it.
  var write: WriteStamp?
  /// True if no `user_id` was read.
  var lacksUser = true
  /// True if the value of `raw_data` or `source` is not an object.
  var isBlocked = false
  var updatedAt: BSONDate?
  /// The `updated_at` at which the record and its fields were last known to be complete. In documents of an earlier
  /// version it is the time of the import.
  private var asOf: BSONDate?
  private var hasRaw = false
  private var hasRow = false
  /// The paths of the other sources that the last write of the document left complete.
  var completeSources: [[StaticString]] = []
  /// What the document really contains, if that was read.
  var content: StoredContent?
  /// What else of the document decides about a part of the account archive; nil for other records.
  var surroundings: ArchiveSurroundings?

  /// The rank that is compared with a record's rank. A document that others wrote has the rank that its `raw_data` shows.
  var decisiveRank: Double? {
    if let content { return content.rank }
    return lostEverything ? nil : rank ?? rawRank
  }

  /// True if an imported activity has lost both its record and the source of that, so that its fields belong to nothing.
  private var lostEverything: Bool { digest == nil && rank != nil && !hasRaw && !hasRow && !isOfUser }
  private var isOfUser = false

  /// Returns true if another program may have changed the record or its fields since they were imported, or if their
  /// sealed values were written before the athlete's first data key, so that only the content tells what is there.
  ///
  /// - Parameter keysSince: The time of that data key.
  func isDoubtful(keysSince: BSONDate?) -> Bool {
    guard digest != nil, let write else { return false }
    if let keysSince, write.at < keysSince { return true }
    if surroundings != nil { return false }
    if !hasRaw || updatedAt != asOf { return true }
    guard let rank, let rawRank else { return false }
    return rank != rawRank
  }

  /// True if the whole document was read, contains what its source promises, and does not say so yet.
  var isKnownComplete: Bool { content?.isComplete == true && isDoubtful(keysSince: nil) }

  /// True if the document does not contain what its source, or its rank, promises.
  var isIncomplete: Bool { content.map { !$0.isComplete } ?? lostEverything }

  /// - Parameter document: A document with the fields that `RecordTarget.lookUp` requests.
  init(_ document: BSONView, _ target: RecordTarget) {
    isOfUser = !target.hasOwner
    updatedAt = document["updated_at"]?.date
    completeSources = updatedAt.map { Self.completeSources(of: document, target, at: $0) } ?? []
    if let part = target.archivePart {
      key = document[target.keyField]?.wholeNumber.map(PreparedRecord.Key.strava)
      let half = document[part]?.document
      if let source = half?["source"]?.document { readSource(source) }
      if !target.isProfile {
        rank = half.flatMap { $0["row"]?.document }.map { cells in
          cells.reduce(0) { $0 + ($1.value.isBlank ? 0 : 1) }
        }
      }
      surroundings = ArchiveSurroundings(document, target, writtenAt: write?.at)
      return
    }
    for field in document {
      if field.hasKey(target.keyField) {
        key = field.value.wholeNumber.map(PreparedRecord.Key.strava) ?? field.value.objectID.map { .object($0) }
      } else if field.hasKey("resource_state") {
        rank = field.value.number
      } else if field.hasKey("user_id") {
        lacksUser = field.value.isNull
      } else if field.hasKey("raw_data") {
        isBlocked = isBlocked || field.value.document == nil
        hasRaw = target.half.map { half in field.value.document?[half].map { !$0.isNull } ?? false } ?? true
        rawRank = Self.half(field.value.document, target)?["resource_state"]?.number
      } else if field.hasKey("source") {
        isBlocked = isBlocked || field.value.document == nil
        if let source = Self.half(field.value.document, target) { readSource(source) }
      } else if field.hasKey("export_row") {
        hasRow = true
      } else if let timeField = target.timeField, field.hasKey(timeField) {
        time = field.value.date
      }
    }
  }

  private static func completeSources(
    of document: BSONView, _ target: RecordTarget, at time: BSONDate
  ) -> [[StaticString]] {
    target.otherSources.filter { path in
      var source: BSONView? = document
      for step in path { source = source?[step]?.document }
      return (source?["as_of"] ?? source?["imported_at"])?.date == time
    }
  }

  private static func half(_ whole: BSONView?, _ target: RecordTarget) -> BSONView? {
    guard let half = target.half else { return whole }
    return whole?[half]?.document
  }

  private mutating func readSource(_ source: BSONView) {
    var run: UUID?
    var at: BSONDate?
    for field in source {
      if field.hasKey("digest") {
        digest = field.value.binary.flatMap { Digest256(bytes: $0.bytes) }
      } else if field.hasKey("also") {
        also = field.value.array?.compactMap { $0.value.binary.flatMap { Digest256(bytes: $0.bytes) } } ?? []
      } else if field.hasKey("run") {
        run = field.value.binary.flatMap { UUID(stored: $0.bytes) }
      } else if field.hasKey("imported_at") {
        at = field.value.date
      } else if field.hasKey("as_of") {
        asOf = field.value.date
      }
    }
    asOf = asOf ?? at
    if let run, let at { write = WriteStamp(run: run, at: at) }
  }

  /// Returns true if another run stored this version of the record and replaced it with a later one of the same dump.
  func isPast(_ digest: Digest256, inRun run: UUID) -> Bool { write?.run != run && also.contains(digest) }

  /// Returns the version that a replacing record takes over; nil if another run wrote it, so that the list begins
  /// empty.
  func version(inRun run: UUID) -> ReplacedVersion? {
    guard let write, write.run == run, let digest else { return nil }
    return ReplacedVersion(digest: digest, write: write, also: also)
  }

  /// Returns true if another write of this run stored different content with the record's rank.
  func differs(from record: PreparedRecord, inRun run: UUID, _ precedence: RecordTarget.Precedence) -> Bool {
    guard write?.run == run, digest != record.digest else { return false }
    switch precedence {
    case .rankThenTime, .filledCells: return rank == Double(record.rank)
    default: return true
    }
  }

  /// Returns true if the stored content is kept, whatever the record contains.
  ///
  /// - Parameter timeError: The number of milliseconds by which the stored time may be later without being the newer one.
  func outranks(_ record: PreparedRecord, _ precedence: RecordTarget.Precedence, timeError: Int64 = 0) -> Bool {
    switch precedence {
    case .content, .arrival: return false
    case .filledCells: return rank.map { $0 > Double(record.rank) } ?? false
    case .time:
      guard let time else { return false }
      return record.time.map { time.milliseconds > $0.milliseconds + timeError } ?? true
    case .rankThenTime:
      guard let held = decisiveRank else { return false }
      if held != Double(record.rank) { return held > Double(record.rank) }
      guard let time, let other = record.time else { return false }
      return time > other
    }
  }
}

/// A version of a record that a later one of the same run replaces. The replacement is guarded by `digest` and `write`,
/// and keeps the digests of both lists.
struct ReplacedVersion {
  /// Maximum number of digests of earlier versions that a document keeps.
  private static let limit = 16

  let digest: Digest256
  let write: WriteStamp
  private let earlier: [Digest256]

  init(digest: Digest256, write: WriteStamp, also earlier: [Digest256]) {
    self.digest = digest
    self.write = write
    self.earlier = earlier
  }

  /// The digests of this version and of the latest ones before it, oldest first.
  var digests: [Digest256] { (earlier.filter { $0 != digest } + [digest]).suffix(Self.limit) }
}

/// The id of one bulk write of one run. It shows whether that write stored a document if its acknowledgement was lost.
struct WriteStamp: Equatable {
  let run: UUID
  let at: BSONDate
}

extension UUID {
  /// Creates an id from 16 bytes; nil for any other number of bytes.
  fileprivate init?(stored bytes: UnsafeRawBufferPointer) {
    guard bytes.count == MemoryLayout<uuid_t>.size else { return nil }
    self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
  }
}
