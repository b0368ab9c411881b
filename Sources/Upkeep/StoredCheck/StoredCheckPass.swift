import BSON
import Findings
import Mongo
import Sealing
import StoreAccess
import StravaRecords
import Synchronization

/// A check of one collection at a time. The reader reads the documents with the owners and keys they need, and the
/// workers check them.
struct StoredCheckPass {
  private static let workers = 2
  /// Maximum number of documents, and of their bytes, that pass through the stages together.
  private static let batchSize = 1000
  private static let batchBytes = 1 << 20

  private let context: JobContext<DocumentProgress>
  private let policy: SealingPolicy
  private let sealing: SealingSession?
  private let rules: RuleSettings

  /// - Parameter sealing: The sealing session; nil if nothing is decrypted.
  init(
    _ context: JobContext<DocumentProgress>, _ policy: SealingPolicy, _ sealing: SealingSession?, _ rules: RuleSettings
  ) {
    self.context = context
    self.policy = policy
    self.sealing = sealing
    self.rules = rules
  }

  /// Runs the check. A failure is reported in the log and ends the check.
  func run(_ collection: StoredCollection) -> StoredCheckCounts {
    let read = Mutex(0)
    var counts = StoredCheckCounts()
    OrderedPipeline(workers: Self.workers, log: context.findings).run { push in
      try self.read(collection.name) { batch in
        read.withLock { $0 += batch.documents.count }
        push(batch)
      }
    } makeWorker: {
      Worker(DocumentCheck(collection, policy, sealing), rules, context.cancellation)
    } consume: { checked in
      for finding in checked.findings { context.findings.add(finding) }
      counts.valid += checked.valid
      counts.invalid += checked.invalid
      context.progress.advance(by: checked.valid + checked.invalid)
    }
    counts.read = read.withLock { $0 }
    counts.unfinished = counts.read - counts.valid - counts.invalid
    return counts
  }

  private func read(_ name: String, _ push: (DocumentBatch) throws -> Void) throws {
    let session = context.session
    let total = try session.retrying("counting \(name)") {
      try session.client().collection(name, in: session.database).estimatedCount()
    }
    context.progress.begin(name, total: total)
    let lookUp = sealing.map { DocumentLookUp(name, session, $0) }
    var scan = DocumentScan(session, name)
    while !context.cancellation.isRequested {
      let documents = try scan.next(upTo: Self.batchSize, bytes: Self.batchBytes)
      if documents.isEmpty { break }
      try push(DocumentBatch(documents: documents, context: try lookUp?.context(of: documents)))
    }
  }

  private struct DocumentBatch: Sendable {
    let documents: [BSONDocument]
    /// The context; nil if nothing is decrypted.
    let context: DecryptionContext?
  }

  private struct CheckedBatch: Sendable {
    var findings: [Finding] = []
    var valid = 0
    var invalid = 0
  }

  private struct Worker: PipelineWorker, ~Copyable {
    private var check: DocumentCheck
    private let rules: RuleSettings
    private let cancellation: Cancellation

    init(_ check: consuming DocumentCheck, _ rules: RuleSettings, _ cancellation: Cancellation) {
      self.check = check
      self.rules = rules
      self.cancellation = cancellation
    }

    mutating func work(_ batch: DocumentBatch, _ emit: (CheckedBatch) -> Void) {
      var checked = CheckedBatch()
      for document in batch.documents where !cancellation.isRequested {
        let findings = document.withView { check.findings(in: $0, batch.context) }.compactMap(rules.weighed)
        checked.findings += findings
        if findings.contains(where: { $0.severity == .error }) { checked.invalid += 1 } else { checked.valid += 1 }
      }
      emit(checked)
    }
  }
}
