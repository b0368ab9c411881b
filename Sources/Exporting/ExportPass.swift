import BSON
import Mongo
import StoreAccess
import StravaRecords
import Synchronization

/// A pass that takes one collection at a time through the stages of an export.
struct ExportPass {
  private static let workers = 2
  /// Maximum number of documents, and of their bytes, that pass through the stages together.
  private static let batchSize = 1000
  private static let batchBytes = 1 << 20

  /// A query of a pass, and how the documents that it finds name their owner.
  struct Query {
    let reference: ExportOwner.Reference?
    let query: ScanQuery
  }

  private let options: ExportOptions
  private let context: JobContext<DocumentProgress>
  private let disclosure: Disclosure
  private let decryption: ExportWorker.Decryption?

  init(
    _ options: ExportOptions, _ context: JobContext<DocumentProgress>, _ disclosure: Disclosure,
    _ decryption: ExportWorker.Decryption?
  ) {
    self.options = options
    self.context = context
    self.disclosure = disclosure
    self.decryption = decryption
  }

  /// Writes the documents that the queries find in a collection. A failure is reported in the log and stops the export.
  ///
  /// - Returns: The counts, and the number of documents by the way in which they name their owner.
  func run(
    _ name: String, _ queries: [Query], to output: ExportOutput
  ) -> (counts: ExportCounts, owned: [ExportSummary.Owned]) {
    let read = Mutex([Int](repeating: 0, count: queries.count))
    let framing = options.encoder(name).framing
    var counts = ExportCounts()
    do { try output.begin(name, framing) } catch { context.findings.fail(unlessStopped: error) }
    OrderedPipeline(workers: Self.workers, log: context.findings).run { push in
      for (index, query) in queries.enumerated() {
        try self.read(name, query.query) { documents in
          read.withLock { $0[index] += documents.count }
          push(documents)
        }
      }
    } makeWorker: {
      ExportWorker(name, options, disclosure, decryption, log: context.findings)
    } consume: { batch in
      if context.cancellation.isRequested { return }
      try output.write(batch, of: name, framing)
      counts += batch.counts
      context.progress.advance(by: batch.counts.read)
    }
    let found = read.withLock { $0 }
    counts.read = found.reduce(0, +)
    counts.unfinished = counts.read - counts.written - counts.empty - counts.left
    let owned = zip(queries, found).compactMap { query, count in
      query.reference.map { ExportSummary.Owned(collection: name, reference: $0, documents: count) }
    }
    return (counts, owned)
  }

  private func read(_ name: String, _ query: ScanQuery, _ push: ([BSONDocument]) -> Void) throws {
    let session = context.session
    let estimate = try session.retrying("counting \(name)") {
      query.filter.isEmpty
        ? try session.client().collection(name, in: session.database).estimatedCount() : 0
    }
    context.progress.begin(name, total: query.limit.map { min($0, estimate) } ?? estimate)
    var scan = DocumentScan(session, name, query)
    while !context.cancellation.isRequested {
      let batch = try scan.next(upTo: Self.batchSize, bytes: Self.batchBytes)
      if batch.isEmpty { break }
      push(batch.filter { options.selection.takes($0, of: name) })
    }
  }
}

extension ExportOptions {
  /// Returns the paths that the server needs to send: the selected fields, and the fields that decryption, splitting
  /// and sorting need. An empty list means all fields.
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
    let split = self.split?.field(collection)
    return FieldSelection(wanted + own + [sort, split].compactMap(\.self)).disjoint
  }
}
