import BSON
import Findings
import Foundation
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// A whole import. These are its stages and what passes between them:
///
/// inputs → `RecordBatch` (text of whole records) → `RecordWorker`: BSON, kind, typed model, findings →
/// `WorkedBatch` → `ImportAccount`: findings and counts in input order → `PreparedBatch` → `RecordWriter`: owners,
/// bulks, verdicts → counts.
///
/// The number of threads is fixed and the queues are bounded, so memory does not grow with the input.
package struct ImportJob: Job {
  private static let workers = 2

  private let options: ImportOptions
  private let begin: @Sendable (String) -> Void
  private let remainingFindings: @Sendable (Severity) -> Int

  /// - Parameters:
  ///   - begin: A function that is called with each input's name before its findings, in the order of the inputs.
  ///   - remainingFindings: A function that returns how many more findings of a severity are shown. The others are
  ///     only counted, since making one costs more than reading the record. The number must never grow.
  package init(
    _ options: ImportOptions, begin: @escaping @Sendable (String) -> Void = { _ in },
    remainingFindings: @escaping @Sendable (Severity) -> Int
  ) {
    self.options = options
    self.begin = begin
    // A reject file contains the position of each error.
    let reportsAllErrors = options.rejects != nil
    self.remainingFindings = { severity in reportsAllErrors && severity == .error ? .max : remainingFindings(severity) }
  }

  package var notBegun: ImportSummary { ImportSummary(of: options) }

  package func perform(in frame: JobFrame<ImportProgress>) throws -> ImportSummary {
    ProcessMemory.keep()
    let started = Clock.now
    let run = UUID()
    let purpose = "import needs a key file, by which it recognizes the records that are already stored"
    let keys = options.needsKey ? try options.keyFile.load(for: purpose, frame.cancellation) : nil
    let store = try openStore(frame, keys, run: run, started: started)
    let rejects = try rejectFile(keys)
    let log = RejectLog(frame.findings, rejects)
    var tally = pump(frame, keys, store, log)
    do { try rejects?.sync() } catch { frame.findings.fail("cannot write the reject file: \(error)") }
    tally.stubs = store?.stubs.made ?? 0

    var summary = ImportSummary(of: options)
    summary.run = run.uuidString.lowercased()
    summary.database = store?.session.database ?? ""
    summary.count(tally)
    summary.bytes = frame.progress.textBytes
    return summary
  }

  /// - Returns: Nil in a dry run.
  private func openStore(
    _ frame: JobFrame<ImportProgress>, _ keys: KeyRing?, run: UUID, started: BSONDate
  ) throws -> WriterContext? {
    guard !options.isDryRun, let keys else { return nil }
    let session = try frame.open(options.connection, as: .import, keys).session
    // A different key file or policy is refused before anything is written.
    let stored = try SealingSettings.stored(session, keys, wanted: options.seal)
    try PlatformDocuments.refuseUnadopted(stored?.form, session)
    try UniqueIndexes.ensure(session, in: stored?.form ?? .specification)
    let settings = try stored ?? SealingSettings.create(session, keys, wanted: options.seal)
    return WriterContext(
      session, SealingSession(session, keys, settings), try writePlan(session), run: run, started: started)
  }

  private func writePlan(_ session: StoreSession) throws -> WritePlan {
    let plan = WritePlan(
      roundTrip: try session.roundTrip(), writers: options.writers, batchSize: options.batchSize)
    session.debug(
      "round trip of \(Int(plan.roundTrip * 1e6)) µs: \(plan.writers) writers, "
        + "bulks of up to \(plan.bulkSize.records) records or \(plan.bulkSize.bytes >> 20) MiB")
    return plan
  }

  private func rejectFile(_ keys: KeyRing?) throws -> RejectFile? {
    guard let path = options.rejects else { return nil }
    guard let keys else { throw StoreFailure("a reject file needs a key file, because it is sealed") }
    if let folder = options.paths.first(where: { RejectFile.lies(path, in: $0) }) {
      throw StoreFailure("the reject file \(path) is inside the input folder \(folder); choose a path outside")
    }
    return try RejectFile(path: path, key: keys.indexKey)
  }

  /// Passes the inputs through the stages.
  private func pump(
    _ frame: JobFrame<ImportProgress>, _ keys: KeyRing?, _ store: WriterContext?, _ log: RejectLog
  ) -> Tally {
    let writers = store.map { RecordWriters($0, options, log) }
    let reader = InputReader(options, frame.cancellation, frame.progress) { [remainingFindings] in
      remainingFindings(.error)
    }
    var account = ImportAccount(options, frame.progress, log, begin: begin)
    OrderedPipeline(workers: Self.workers, log: frame.findings).run { push in
      reader.read(push)
    } makeWorker: { [options, remainingFindings] in
      RecordWorker(
        options: options, keys: keys?.indexKey, sealing: store?.sealing, remainingFindings: remainingFindings)
    } consume: { part in
      account.add(part)
      if case .batch(let worked) = part { writers?.take(worked.prepared) }
    }
    account.end(isWhole: !frame.cancellation.isRequested)
    var tally = account.tally
    if let writers { tally.merge(writers.finish()) }
    return tally
  }
}
