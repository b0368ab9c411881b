import BSON
import Foundation
import StoreAccess
import StravaRecords
import Synchronization

/// The writers of one import, each with its own thread and queue. The queues together are bounded: a bound of each
/// queue would stop all writers when one of them waits for the server.
struct RecordWriters {
  private let options: ImportOptions
  private let cancellation: Cancellation
  private let lines: [Line]
  private let waitingBytes: ByteLimit
  private let threads: [WorkerThread]

  /// A writer and its waiting records.
  private final class Line: Sendable {
    let queue = BoundedQueue<Share>(capacity: .max)
    /// The lock is held while a thread works with the writer; no thread waits for another.
    let writer: Mutex<RecordWriter>

    init(_ writer: sending RecordWriter) { self.writer = Mutex(writer) }
  }

  /// The records of a batch that one writer takes.
  private struct Share {
    let batch: PreparedBatch
    let indexes: [Int]
    /// Its part of the batch's bytes.
    let bytes: Int
  }

  init(_ context: WriterContext, _ options: ImportOptions, _ log: RejectLog) {
    self.options = options
    cancellation = context.session.cancellation
    lines = (0..<context.plan.writers).map { _ in Line(RecordWriter(context, options: options, log: log)) }
    let waitingBytes = ByteLimit(context.plan.waitingBytes)
    self.waitingBytes = waitingBytes
    threads = lines.map { line in
      WorkerThread("writer") {
        line.writer.withLock { writer in
          while let share = line.queue.pop() {
            writer.add(share.batch, share.indexes)
            waitingBytes.remove(share.bytes)
          }
          writer.flushUsers()
        }
      }
    }
  }

  /// Passes the records of a batch to their writers, and waits for writers that are slower.
  func take(_ batch: PreparedBatch) {
    for (line, indexes) in zip(lines, split(batch)) where !indexes.isEmpty {
      let bytes = batch.bytes * indexes.count / batch.records.count
      waitingBytes.add(bytes)
      line.queue.push(Share(batch: batch, indexes: indexes, bytes: bytes))
    }
  }

  /// Chooses the writer of each record by its id, so that one id has one writer.
  private func split(_ batch: PreparedBatch) -> [[Int]] {
    var indexes = Array(repeating: [Int](), count: lines.count)
    for (index, record) in batch.records.enumerated() {
      let shard =
        switch record.key {
        case .strava(let id): Int((UInt64(bitPattern: id) &* 0x9E37_79B9_7F4A_7C15) >> 33) % lines.count
        case .object(let id): Int(id.withUnsafeBytes { $0[0] }) % lines.count
        }
      indexes[shard].append(index)
    }
    return indexes
  }

  /// Stores everything that was added.
  ///
  /// - Returns: The results of the records.
  func finish() -> Tally {
    for line in lines { line.queue.close() }
    for thread in threads { thread.join() }
    // This runs only after the users were stored: an activity whose athlete still waited in another writer would have
    // created a stub.
    let flushing = lines.map { line in WorkerThread("writer") { line.writer.withLock { $0.flush() } } }
    for thread in flushing { thread.join() }
    if options.partition != nil { waitForOthers() }
    var tally = Tally()
    for line in lines {
      tally.merge(
        line.writer.withLock { writer in
          writer.flushDeferred(inputWasRead: !cancellation.isRequested)
          return writer.tally
        })
    }
    return tally
  }

  /// Waits for other importers: the records that insights refer to may be in another importer's partition and not
  /// stored yet.
  private func waitForOthers() {
    var patience = Backoff(patience: StoreSession.patience)
    var waiting = waiting
    while waiting > 0, !cancellation.isRequested, let pause = patience.next() {
      Thread.sleep(forTimeInterval: pause)
      for line in lines { line.writer.withLock { $0.retryDeferred() } }
      let still = self.waiting
      if still < waiting { patience = Backoff(patience: StoreSession.patience) }
      waiting = still
    }
  }

  /// The number of insights that wait for the records they refer to.
  private var waiting: Int { lines.reduce(0) { $0 + $1.writer.withLock { $0.waiting } } }
}
