import BSON
import FieldCrypto
import Foundation
import Mongo

/// One pass over the documents of one collection, in batches: looks at them, or rewrites them.
final class CollectionPass {
  enum Work: Equatable {
    /// Counts what is in clear and should not be.
    case count
    /// The same, and opens everything that is sealed.
    case verify
    /// Opens everything that is sealed, whatever the policy.
    case open
    case rewrite(Conversion)
  }

  struct Pace {
    /// Documents read, written and read back at a time.
    var batchSize = 500
    /// Documents written in a second at most; nil is as fast as it goes.
    var maxRate: Int?
  }

  private let lookUp: DocumentLookUp
  private let work: Work
  private let pace: Pace
  private let wanted: BSONDocument
  private let progress: DocumentProgress
  private let log: FindingLog
  private let rewriter: DocumentRewriter?
  private var counts = MigrationCounts()

  /// - Parameter wanted: a filter of the documents; all when empty.
  init(
    _ lookUp: DocumentLookUp, _ work: Work, pace: Pace, where wanted: BSONDocument = BSONDocument(),
    progress: DocumentProgress, log: FindingLog
  ) {
    self.lookUp = lookUp
    self.work = work
    self.pace = pace
    self.wanted = wanted
    self.progress = progress
    self.log = log
    rewriter = if case .rewrite(let conversion) = work { DocumentRewriter(lookUp, conversion, log) } else { nil }
  }

  func run() -> MigrationCounts {
    let began = Clock.monotonic
    let (name, session) = (lookUp.name, lookUp.session)
    var read = 0
    do {
      let total = try session.retrying("counting \(name)") {
        let collection = try lookUp.collection()
        return wanted.isEmpty ? try collection.estimatedCount() : try collection.count(wanted)
      }
      progress.begin(name, total: total)
      var scan = DocumentScan(session, name, ScanQuery(filter: wanted))
      while !session.interruption.isRequested {
        let batch = try scan.next(upTo: pace.batchSize)
        if batch.isEmpty { break }
        read += batch.count
        let policy = try lookUp.sealing.freshPolicy()
        if let rewriter { try rewriter.rewrite(batch, policy) } else { try inspect(batch, policy) }
        progress.advance(by: batch.count)
        keepToRate(since: began)
      }
    } catch {
      log.fail(StoreFailure(error).message)
    }
    if let rewriter { counts = rewriter.counts }
    counts.read = read
    counts.unfinished = read - counts.changed - counts.unchanged - counts.left - counts.gone
    return counts
  }

  private func keepToRate(since began: Double) {
    guard let rate = pace.maxRate, let rewriter else { return }
    let ahead = Double(rewriter.counts.changed) / Double(rate) - (Clock.monotonic - began)
    if ahead > 0, !lookUp.session.interruption.isRequested { Thread.sleep(forTimeInterval: min(ahead, 5)) }
  }

  // MARK: Looking only

  private func inspect(_ batch: [BSONDocument], _ policy: SealingPolicy) throws {
    let context = try lookUp.context(of: batch)
    for document in batch {
      document.withView { view in
        guard let identity = DocumentIdentity(view, in: lookUp.name, owners: context.owners) else {
          guard lookUp.needsOwner(view, policy) else {
            counts.unchanged += 1
            return
          }
          counts.left += 1
          return log.addUnowned(view, in: lookUp.name)
        }
        var faults: [SealingFault] = []
        var scratch = BSONWriter()
        for element in view {
          var opener = DocumentOpener(identity, classes: work == .open ? [] : policy.classes) { context.keys[$0] }
          scratch.out.count = 0
          opener.open(element, of: view, to: &scratch)
          faults += opener.faults
        }
        if work == .verify { faults += indexFaults(view, identity, context.keys) }
        settle(view, faults)
      }
    }
  }

  /// Counts a document that was only looked at.
  private func settle(_ view: BSONView, _ faults: [SealingFault]) {
    let inClear = faults.filter(\.isPlaintext)
    for fault in inClear { counts.values[fault.pattern, default: 0] += 1 }
    let told = faults.filter { work == .verify || !$0.isPlaintext }
    for fault in told { log.add(fault, of: view, in: lookUp.name) }
    if !told.isEmpty {
      counts.left += 1
    } else if inClear.isEmpty {
      counts.unchanged += 1
    } else {
      counts.changed += 1
    }
  }

  /// Blind indexes that are missing or wrong.
  private func indexFaults(
    _ view: BSONView, _ identity: DocumentIdentity, _ keys: [KeyID: DataKey]
  ) -> [SealingFault] {
    guard lookUp.name == Collections.users else { return [] }
    var faults: [SealingFault] = []
    var scratch = BSONWriter()
    for element in view where element.value.is(.binary) {
      var opener = DocumentOpener(identity, classes: []) { keys[$0] }
      scratch.out.count = 0
      opener.open(element, of: view, to: &scratch)
      var copy = BSONView.Iterator(at: scratch.out.base)
      guard let clear = copy.next(), let index = lookUp.sealing.blindIndexes.index(of: clear) else { continue }
      let stored = view[index.name]?.binary.flatMap { Digest256(bytes: $0.bytes) }
      if stored != index.digest { faults.append(SealingFault(pointer: "/\(index.name)", reason: .wrongIndex)) }
    }
    return faults
  }
}
