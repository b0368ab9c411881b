import BSON
import Mongo
import StoreAccess
import StravaRecords
import Synchronization

/// Takes one collection at a time through the stages of an export.
struct ExportPass {
  private static let workers = 2
  /// Documents, and bytes of them, that go through the stages together.
  private static let batchSize = 1000
  private static let batchBytes = 1 << 20

  private let options: ExportOptions
  private let session: StoreSession
  private let disclosure: Disclosure
  private let opening: ExportWorker.Opening?
  private let progress: DocumentProgress
  private let log: FindingLog

  init(
    _ options: ExportOptions, _ session: StoreSession, _ disclosure: Disclosure, _ opening: ExportWorker.Opening?,
    progress: DocumentProgress, log: FindingLog
  ) {
    self.options = options
    self.session = session
    self.disclosure = disclosure
    self.opening = opening
    self.progress = progress
    self.log = log
  }

  private struct NumberedBatch: Sendable {
    let number: Int
    let documents: [BSONDocument]
  }

  /// Writes the documents of a collection that are asked for. What fails is in the log, and stops the export.
  func run(_ name: String, owner: ObjectID?, to output: ExportOutput) -> ExportCounts {
    let stored = BoundedQueue<NumberedBatch>(capacity: 2)
    let encoded = BoundedQueue<EncodedBatch>(capacity: 2)
    let turnstile = Turnstile()
    let read = Mutex(0)

    let reading = WorkerThread("reader") {
      attempt { try self.read(name, query(name, owner), into: stored, counting: read) }
    }
    let working = (0..<Self.workers).map { _ in
      WorkerThread("worker") {
        var worker = ExportWorker(name, options, disclosure, opening, log: log)
        while let batch = stored.pop() {
          let result = attempt { session.cancellation.isRequested ? nil : try worker.work(batch.documents) } ?? nil
          turnstile.pass(batch.number) {
            if let result { encoded.push(result) }
          }
        }
      }
    }
    let ending = WorkerThread("end") {
      // A server that neither answers nor goes away cannot be called back.
      reading.join(unless: session.cancellation)
      stored.close()
      for thread in working { thread.join() }
      encoded.close()
    }
    var counts = write(encoded, of: name, to: output)
    ending.join()
    counts.read = read.withLock { $0 }
    counts.unfinished = counts.read - counts.written - counts.empty - counts.left
    return counts
  }

  /// Runs a stage; a failure ends the export, unless it comes of a stop that was asked for.
  private func attempt<R>(_ body: () throws -> R) -> R? {
    do {
      return try body()
    } catch {
      log.fail(unlessStopped: error)
      return nil
    }
  }

  private func query(_ name: String, _ owner: ObjectID?) -> ScanQuery {
    var query = options.selection.query(name, owner: owner)
    if let split = options.split?.sort(name) { query.sort = split }
    query.fields = options.storedFields(name, sortedBy: query.sort?.field)
    return query
  }

  private func read(
    _ name: String, _ query: ScanQuery, into stored: BoundedQueue<NumberedBatch>, counting read: borrowing Mutex<Int>
  ) throws {
    let estimate = try session.retrying("counting \(name)") {
      query.filter.isEmpty
        ? try session.client().collection(name, in: session.database).estimatedCount() : 0
    }
    progress.begin(name, total: query.limit.map { min($0, estimate) } ?? estimate)
    var scan = DocumentScan(session, name, query)
    var number = 0
    while !session.cancellation.isRequested {
      let batch = try scan.next(upTo: Self.batchSize, bytes: Self.batchBytes)
      if batch.isEmpty { break }
      let taken = batch.filter { options.selection.takes($0, of: name) }
      read.withLock { $0 += taken.count }
      stored.push(NumberedBatch(number: number, documents: taken))
      number += 1
    }
  }

  /// Writes what comes, in order, and counts what is written.
  private func write(_ encoded: BoundedQueue<EncodedBatch>, of name: String, to output: ExportOutput) -> ExportCounts {
    let framing = options.encoder(name).framing
    var counts = ExportCounts()
    attempt { try output.begin(name, framing) }
    while let batch = encoded.pop() {
      if session.cancellation.isRequested { continue }
      guard attempt({ try output.write(batch, of: name, framing) }) != nil else { continue }
      counts += batch.counts
      progress.advance(by: batch.counts.read)
    }
    return counts
  }
}

extension ExportOptions {
  /// Paths that the server needs to send: what is asked for, and what it takes to open, to split and to sort it; all
  /// where this is empty.
  func storedFields(_ collection: String, sortedBy sort: String?) -> [String] {
    let wanted: [String]
    if format == .csv {
      let paths = columns(collection).columns.map { $0.path.joined(separator: ".") }
      wanted = FieldSelection(paths).disjoint
    } else if fields.isEverything {
      return []
    } else {
      wanted = fields.disjoint
    }
    let own = ["_id", "strava_id", "strava_activity_id", "athlete_id", "user_id"]
    let split = self.split?.sort(collection)?.field
    return FieldSelection(wanted + own + [sort, split].compactMap(\.self)).disjoint
  }
}
