import BSON
import Findings
import Mongo
import Sealing
import StoreAccess
import StravaRecords
import Synchronization

/// Checks one collection at a time: a thread reads the documents and what they lean on, the caller's checks them.
struct StoredCheckPass {
  /// Documents, and bytes of them, that go from one to the other together.
  private static let batchSize = 1000
  private static let batchBytes = 1 << 20

  private let session: StoreSession
  private let policy: SealingPolicy
  private let sealing: SealingSession?
  private let rules: RuleSettings
  private let progress: DocumentProgress
  private let log: FindingLog

  /// - Parameter sealing: nil where nothing is opened.
  init(
    _ session: StoreSession, _ policy: SealingPolicy, _ sealing: SealingSession?, _ rules: RuleSettings,
    progress: DocumentProgress, log: FindingLog
  ) {
    self.session = session
    self.policy = policy
    self.sealing = sealing
    self.rules = rules
    self.progress = progress
    self.log = log
  }

  private struct Batch: Sendable {
    let documents: [BSONDocument]
    /// Nil where nothing is opened.
    let context: OpeningContext?
  }

  /// What fails is in the log, and ends the check.
  func run(_ collection: StoredCollection) -> StoredCheckCounts {
    let batches = BoundedQueue<Batch>(capacity: 2)
    let read = Mutex(0)
    let reading = WorkerThread("reader") {
      do {
        try self.read(collection.name, into: batches, counting: read)
      } catch {
        log.fail(unlessStopped: error)
      }
    }
    let ending = WorkerThread("end") {
      // A server that neither answers nor goes away cannot be called back.
      reading.join(unless: session.cancellation)
      batches.close()
    }
    var check = DocumentCheck(collection, policy, sealing)
    var counts = StoredCheckCounts()
    while let batch = batches.pop() {
      for document in batch.documents where !session.cancellation.isRequested {
        let findings = document.withView { check.findings(in: $0, batch.context) }.compactMap(rules.weighed)
        for finding in findings { log.add(finding) }
        if findings.contains(where: { $0.severity == .error }) { counts.invalid += 1 } else { counts.valid += 1 }
        progress.advance(by: 1)
      }
    }
    ending.join()
    counts.read = read.withLock { $0 }
    counts.unfinished = counts.read - counts.valid - counts.invalid
    return counts
  }

  private func read(_ name: String, into batches: BoundedQueue<Batch>, counting read: borrowing Mutex<Int>) throws {
    let total = try session.retrying("counting \(name)") {
      try session.client().collection(name, in: session.database).estimatedCount()
    }
    progress.begin(name, total: total)
    let lookUp = sealing.map { DocumentLookUp(name, session, $0) }
    var scan = DocumentScan(session, name)
    while !session.cancellation.isRequested {
      let documents = try scan.next(upTo: Self.batchSize, bytes: Self.batchBytes)
      if documents.isEmpty { break }
      read.withLock { $0 += documents.count }
      batches.push(Batch(documents: documents, context: try lookUp?.context(of: documents)))
    }
  }
}
