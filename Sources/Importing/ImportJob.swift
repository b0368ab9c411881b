import BSON
import FieldCrypto
import Findings
import Foundation
import Logging
import Mongo
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// An import from end to end. The stages and what goes between them:
///
/// inputs → `RecordBatch` (text of whole records) → `RecordWorker`: BSON, kind, typed model, findings →
/// `PreparedBatch` → `RecordWriter`: owners, bulks, verdicts → counts.
///
/// A fixed number of threads, bounded queues: memory does not grow with the input.
package struct ImportJob: Sendable {
  private static let workers = 2

  private let options: ImportOptions
  private let cancellation: Cancellation
  private let progress: ImportProgress
  private let log: Logger
  private let begin: @Sendable (String) -> Void
  private let wantsPlaces: @Sendable (Severity) -> Bool
  private let show: @Sendable (Finding) -> Void

  /// - Parameters:
  ///   - begin: called with each input's name before its findings.
  ///   - wantsPlaces: false where no further finding of this severity is shown but counted only: looking for its line,
  ///     column and source line costs more than reading the record. Once false, it must stay so.
  ///   - show: called with each finding. Both are called one at a time, in the order of the inputs.
  package init(
    _ options: ImportOptions, cancellation: Cancellation, progress: ImportProgress, log: Logger,
    begin: @escaping @Sendable (String) -> Void = { _ in }, wantsPlaces: @escaping @Sendable (Severity) -> Bool,
    show: @escaping @Sendable (Finding) -> Void
  ) {
    self.options = options
    self.cancellation = cancellation
    self.progress = progress
    self.log = log
    self.begin = begin
    // A reject file tells each error's place.
    let tellsErrors = options.rejects != nil
    self.wantsPlaces = { severity in tellsErrors && severity == .error || wantsPlaces(severity) }
    self.show = show
  }

  /// - Throws: `StoreFailure` where the import cannot begin; what goes wrong later is in the summary.
  package func run() throws -> ImportSummary {
    ProcessMemory.keep()
    let began = Clock.monotonic
    let started = Clock.now
    let run = UUID()
    do {
      let keys =
        options.needsKey ? try options.keyFile.load(for: "import needs a key file (for the records' digests)") : nil
      let store = try openStore(keys, run: run, started: started)
      let rejects = try options.rejects.map { path in
        guard let keys else { throw StoreFailure("a reject file is sealed: it needs a key file") }
        if let folder = options.paths.first(where: { RejectFile.lies(path, in: $0) }) {
          throw StoreFailure("the reject file \(path) would be read while it is written: it is in \(folder)")
        }
        return try RejectFile(path: path, key: keys.indexKey)
      }
      let findings = FindingLog(cancellation: cancellation, show: show)
      let log = RejectLog(findings, rejects)
      var tally = pump(keys: keys, store: store, log: log)
      do { try rejects?.sync() } catch { findings.fail("the reject file cannot be written: \(error)") }
      tally.stubs = store?.stubs.made ?? 0
      return summary(
        tally, findings, database: store?.session.database ?? "", run: run, elapsed: Clock.monotonic - began)
    } catch {
      throw StoreFailure(error)
    }
  }

  /// - Returns: nil in a dry run.
  private func openStore(_ keys: KeyRing?, run: UUID, started: BSONDate) throws -> WriterContext? {
    guard !options.isDryRun, let keys else { return nil }
    let session = try options.connection.open(as: .import, cancellation, log)
    // Another key file or policy is refused before anything is written.
    let stored = try SealingSettings.stored(session, keys, wanted: options.seal)
    try UniqueIndexes.ensure(session)
    let settings = try stored ?? SealingSettings.ensure(session, keys, wanted: options.seal)
    return WriterContext(session, SealingSession(session, keys, settings), run: run, started: started)
  }

  // MARK: The pipeline

  /// Something of the inputs; the numbers keep the order that it was read in.
  private struct Numbered: Sendable {
    enum Part: Sendable {
      case input(String)
      case batch(RecordBatch)
      /// What is wrong with an input as a whole.
      case finding(Finding)
    }
    let number: Int
    let part: Part
  }

  private struct Share: Sendable {
    let batch: PreparedBatch
    let places: [Int]
  }

  private func pump(keys: KeyRing?, store: WriterContext?, log: RejectLog) -> Tally {
    let texts = BoundedQueue<Numbered>(capacity: 2)
    let shares = (0..<(store == nil ? 0 : options.writers)).map { _ in BoundedQueue<Share>(capacity: 2) }
    let turnstile = Turnstile()
    let tallies = TallyBox()

    let writers = shares.indices.compactMap { _ in store.map { RecordWriter($0, options: options, log: log) } }
    let writing = zip(writers, shares).map { writer, queue in
      WorkerThread("writer") {
        while let share = queue.pop() { writer.add(share.batch, share.places) }
        writer.flushUsers()
      }
    }
    let working = (0..<Self.workers).map { _ in
      WorkerThread("worker") {
        var worker = RecordWorker(
          options: options, keys: keys?.indexKey, sealing: store?.sealing, wantsPlaces: wantsPlaces)
        while let next = texts.pop() {
          guard case .batch(let batch) = next.part else {
            turnstile.pass(next.number) { tell(next.part, log.findings) }
            continue
          }
          worker.work(batch) { worked in
            turnstile.enter(next.number)
            account(worked, tallies, log)
            for (queue, places) in zip(shares, split(worked.prepared, over: shares.count)) where !places.isEmpty {
              queue.push(Share(batch: worked.prepared, places: places))
            }
          }
          turnstile.leave()
        }
      }
    }
    let reading = WorkerThread("reader") { read(into: texts) }
    reading.join(unless: cancellation)
    texts.close()
    for thread in working { thread.join() }
    for queue in shares { queue.close() }
    for thread in writing { thread.join() }
    // Only now: an activity whose athlete waited at another writer would have made a stub.
    let flushing = writers.map { writer in WorkerThread("writer") { writer.flush() } }
    for thread in flushing { thread.join() }
    if options.partition != nil { waitForOthers(writers) }
    for writer in writers {
      writer.flushDeferred(inputWasRead: !cancellation.isRequested)
      tallies.merge(writer.tally)
    }
    return tallies.tally
  }

  /// What insights refer to may be in another importer's partition, and on its way.
  private func waitForOthers(_ writers: [RecordWriter]) {
    var patience = Backoff(patience: StoreSession.patience)
    var waiting = writers.map(\.waiting).reduce(0, +)
    while waiting > 0, !cancellation.isRequested, let pause = patience.next() {
      Thread.sleep(forTimeInterval: pause)
      for writer in writers { writer.retryDeferred() }
      let still = writers.map(\.waiting).reduce(0, +)
      if still < waiting { patience = Backoff(patience: StoreSession.patience) }
      waiting = still
    }
  }

  private func read(into texts: BoundedQueue<Numbered>) {
    let framing = Framing.strava
    let inputs = InputSet(paths: options.paths)
    progress.begin(totalBytes: inputs.totalBytes)
    var number = 0
    let partition = options.partition
    func push(_ part: Numbered.Part) {
      texts.push(Numbered(number: number, part: part))
      number += 1
    }
    inputs.forEachSource { finding in
      if partition?.tells(finding, named: options.paths) ?? true { push(.finding(finding)) }
    } body: { source in
      push(.input(source.name))
      var framer = RecordFramer(source, framing: framing)
      while !cancellation.isRequested, let batch = framer.next() {
        push(.batch(partition.map { batch.share(of: $0, place: source.place) } ?? batch))
        progress.advance(toByte: source.storedBytesRead)
      }
      return !cancellation.isRequested
    }
  }

  private func tell(_ part: Numbered.Part, _ findings: FindingLog) {
    switch part {
    case .input(let name): begin(name)
    case .finding(let finding): if let weighed = options.rules.weighed(finding) { findings.add(weighed) }
    case .batch: break
    }
  }

  /// Findings and counts of a batch, in the order of the input.
  private func account(_ worked: WorkedBatch, _ tallies: TallyBox, _ log: RejectLog) {
    for event in worked.events {
      switch event {
      case .finding(let finding): log.findings.add(finding)
      case .rejected(let rejection): log.add(rejection)
      case .note(let key, let origin):
        guard tallies.tally.notes.tallies[key] == nil else { continue }
        let pointer = worked.tally.notes.tallies[key]?.example
        log.findings.tell(origin.located(Finding(key.rule, key.message, severity: .note, pointer: pointer)))
      }
    }
    tallies.merge(worked.tally)
    progress.add(records: worked.tally.total.read, textBytes: worked.textBytes)
    if options.errorLimit.isExceeded(errors: log.findings.errors, records: tallies.tally.total.read) {
      cancellation.request(.errorLimit)
    }
  }

  /// Which writer takes which record: by id, so that one id has one writer.
  private func split(_ batch: PreparedBatch, over writers: Int) -> [[Int]] {
    var places = Array(repeating: [Int](), count: writers)
    guard writers > 0 else { return places }
    for (place, record) in batch.records.enumerated() {
      let shard =
        switch record.key {
        case .strava(let id): Int((UInt64(bitPattern: id) &* 0x9E37_79B9_7F4A_7C15) >> 33) % writers
        case .object(let id): Int(id.withUnsafeBytes { $0[0] }) % writers
        }
      places[shard].append(place)
    }
    return places
  }

  private func summary(
    _ tally: Tally, _ findings: FindingLog, database: String, run: UUID, elapsed: Double
  ) -> ImportSummary {
    ImportSummary(
      run: run.uuidString.lowercased(), database: database,
      isDryRun: options.isDryRun, partition: options.partition,
      kinds: RecordKind.allCases.filter { !tally[$0].isEmpty }.map { ($0.rawValue, tally[$0]) },
      unreadable: tally.unreadable, total: tally.total, stubs: tally.stubs, weighed: findings.weighed,
      errors: findings.errors, notes: tally.notes, failure: findings.failure, stopped: cancellation.reason,
      bytes: progress.textBytes, elapsed: elapsed)
  }
}

/// Counts that several threads add to.
private final class TallyBox: @unchecked Sendable {
  // `lock` guards `tally`.
  private let lock = NSLock()
  private var sum = Tally()

  var tally: Tally { lock.withLock { sum } }

  func merge(_ part: Tally) { lock.withLock { sum.merge(part) } }
}
