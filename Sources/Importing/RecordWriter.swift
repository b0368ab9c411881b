import BSON
import Findings
import Foundation
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// A writer that gathers its records into bulks by target, resolves their owners, stores them and counts the results.
/// An id always goes to the same writer, in input order.
final class RecordWriter {
  /// Maximum number of bytes of input text that waiting records may keep in memory. Each record keeps its whole batch,
  /// so a few summaries among large streams would keep all of these.
  private static let keptBytes = 32 << 20
  /// The kinds that are written to users, in the order of their bulks: a token comes before the athlete inside it.
  private static let ofUsers: [RecordKind] = [.token, .athlete, .athleteZones, .exportProfile]
  /// The order of the bulks at the end: users are written before their activities, so that fewer stubs are created.
  private static let order = ofUsers + [.activity, .exportRow, .insight]

  private(set) var tally = Tally()
  let context: WriterContext
  let log: RejectLog
  private let cancellation: Cancellation
  private var bulkSize: BulkSize
  private let lanes: PerKind<RecordLane?>
  private var kept = KeptText()
  /// The insights that wait for the records they refer to, which the run may still read.
  private var deferred: [PendingRecord] = []
  private var deferredText = KeptText()
  private var isLastChance = false
  private(set) var inputWasRead = true

  init(_ context: WriterContext, options: ImportOptions, log: RejectLog) {
    self.context = context
    self.log = log
    cancellation = context.session.cancellation
    bulkSize = context.plan.bulkSize
    lanes = PerKind { kind in
      guard Self.order.contains(kind) else { return nil }
      return RecordLane(
        BulkStore(
          context.session, .of(kind), origin: options.origin, run: context.run, sealing: context.sealing))
    }
  }

  /// Takes the records with these indexes of a batch.
  func add(_ batch: PreparedBatch, _ indexes: [Int]) {
    for index in indexes { add(PendingRecord(batch, batch.records[index])) }
  }

  private func add(_ pending: PendingRecord) {
    let kind = pending.record.kind
    guard let lane = lanes[kind] else { return }
    // Both are writes to one user, so they must be in input order.
    if kind == .token, lanes[.athlete]?.holds(pending.record.key) == true { flushUsers() }
    let waiting = lane.take(pending)
    if kept.add(pending) >= Self.keptBytes { return flush() }
    guard waiting.count >= bulkSize.records || waiting.bytes >= bulkSize.bytes else { return }
    for other in Self.ofUsers.prefix(while: { $0 != kind }) { drain(other) }
    let began = Clock.monotonic
    writeBulk(kind)
    if bulkSize.record(seconds: Clock.monotonic - began) {
      context.session.debug("bulks of up to \(bulkSize.records) records or \(bulkSize.bytes >> 20) MiB")
    }
  }

  /// Stores the waiting records.
  func flush() {
    for kind in Self.order { drain(kind) }
    kept = KeptText()
  }

  /// Stores the waiting users.
  func flushUsers() {
    for kind in Self.ofUsers { drain(kind) }
  }

  private func drain(_ kind: RecordKind) {
    while lanes[kind]?.isEmpty == false { writeBulk(kind) }
  }

  /// The number of insights that wait for the records they refer to.
  var waiting: Int { deferred.count }

  /// Stores the waiting insights whose references exist by now.
  func retryDeferred() {
    let waiting = deferred
    deferred = []
    deferredText = KeptText()
    for pending in waiting { add(pending) }
    flush()
  }

  /// Stores or rejects the waiting insights after everything else was stored.
  ///
  /// - Parameter inputWasRead: False if the run ended early, so that the unread rest may contain what an insight refers
  ///   to.
  func flushDeferred(inputWasRead: Bool) {
    isLastChance = true
    self.inputWasRead = inputWasRead
    retryDeferred()
  }

  // MARK: Storing

  /// Stores a lane's next bulk, and counts each of its records once, even if an error occurs.
  private func writeBulk(_ kind: RecordKind) {
    guard let lane = lanes[kind] else { return }
    let bulk = lane.takeBulk()
    let form = context.sealing.form
    for pending in bulk { pending.form = form }
    guard log.findings.failure == nil, !cancellation.isSignal else { return countUnwritten(bulk) }
    var resolved = bulk
    do {
      switch kind {
      case .activity, .exportRow: resolved = try withOwners(bulk)
      case .insight: resolved = try withReferences(bulk)
      case .exportProfile, .athleteZones: resolved = try ofKnownUsers(bulk)
      default: break
      }
      resolved = try withDataKeys(resolved)
    } catch {
      countUnwritten(resolved)
      return log.findings.fail(StoreFailure(error).message)
    }
    do {
      try write(resolved, to: lane.store)
    } catch {
      log.findings.fail(StoreFailure(error).message)
    }
  }

  private func write(_ bulk: [PendingRecord], to store: BulkStore) throws {
    var isUnsettled = Array(repeating: true, count: bulk.count)
    var differing: Set<Int> = []
    var seen = [Int64: ActivitySync.Seen](minimumCapacity: bulk.count)
    defer { countUnwritten(zip(bulk, isUnsettled).compactMap { $1 ? $0 : nil }) }
    try store.store(bulk) {
      differing.insert($0)
    } settled: { index, verdict in
      guard isUnsettled[index] else { return }
      isUnsettled[index] = false
      let pending = bulk[index]
      settle(pending, verdict)
      if verdict.isRejection { return }
      if pending.differs || differing.contains(index) { noteDiffering(pending) }
      guard let athlete = pending.record.athlete, let owner = pending.owner else { return }
      switch verdict {
      case .new, .updated: seen[athlete, default: .init(id: owner)].changed = true
      default: if seen[athlete] == nil { seen[athlete] = .init(id: owner) }
      }
    }
    try keepReadable(bulk)
    try context.sync.note(seen)
  }

  private func settle(_ pending: PendingRecord, _ verdict: Verdict) {
    tally[pending.record.kind].add(verdict, copies: pending.copies.count)
    switch verdict {
    case .refused(let reason):
      report(pending, Finding(.serverRefused, "the server rejected the document: \(reason)", pointer: ""))
    case .otherAthlete:
      report(
        pending, Finding(.otherAthlete, "the stored activity with this id belongs to another athlete", pointer: ""))
    default: break
    }
  }

  func countUnwritten(_ records: [PendingRecord]) {
    for pending in records { tally[pending.record.kind].unwritten += 1 + pending.copies.count }
  }

  func reject(_ pending: PendingRecord, _ finding: Finding) {
    tally[pending.record.kind].rejected += 1 + pending.copies.count
    report(pending, finding)
  }

  private func report(_ pending: PendingRecord, _ finding: Finding) {
    for origin in [pending.record.origin] + pending.copies {
      log.add(Rejection(findings: [origin.located(finding)], origin: origin, owner: pending.record.athlete))
    }
  }

  private func noteDiffering(_ pending: PendingRecord) {
    guard case .strava(let id) = pending.record.key else { return }
    log.findings.add(
      pending.record.origin.located(
        Finding(
          .differingCopies,
          "the input contains different versions of \(pending.record.kind.rawValue) \(id); the last one is stored",
          pointer: ""))
    )
  }

  /// - Returns: False if no more records follow, or if too many already wait.
  func putOff(_ pending: PendingRecord) -> Bool {
    guard !isLastChance, deferredText.bytes < 2 * Self.keptBytes else { return false }
    deferred.append(pending)
    deferredText.add(pending)
    return true
  }
}

/// The text that records keep in memory. A batch counts once, since its records are consecutive.
private struct KeptText {
  private(set) var bytes = 0
  private var last: RecordBatch?

  /// - Returns: The number of bytes of all of them.
  @discardableResult
  mutating func add(_ pending: PendingRecord) -> Int {
    add(pending.record.origin)
    for copy in pending.copies { add(copy) }
    return bytes
  }

  private mutating func add(_ origin: RecordOrigin) {
    if origin.batch === last { return }
    last = origin.batch
    bytes += origin.batch.byteCount
  }
}
