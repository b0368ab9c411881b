import BSON
import FieldCrypto
import Findings
import Foundation
import Mongo
import StoreAccess

/// One pass over the documents of one collection, in batches, which checks them or rewrites them.
package final class CollectionPass {
  package enum Work: Equatable {
    /// Counts what `rewrite(.seal)` would do, by doing it without writing.
    case count
    /// Counts the values in clear that should be sealed, and decrypts all envelopes.
    case verify
    /// Decrypts all envelopes, whatever the policy.
    case decrypt
    case rewrite(Conversion)
  }

  package struct Pace {
    /// The number of documents that are read, written and read back at a time.
    let batchSize: Int
    /// Maximum number of documents written per second; nil means no limit.
    let maxRate: Int?

    package init(batchSize: Int = 500, maxRate: Int? = nil) {
      self.batchSize = batchSize
      self.maxRate = maxRate
    }

    /// The number of documents that are read at a time.
    package var documents: Int { min(batchSize, maxRate ?? batchSize) }

    /// Waits until this number of writes no longer exceeds the rate. The wait is short if the work is to stop.
    package func wait(after writes: Int, since began: Double, _ cancellation: Cancellation) {
      guard let maxRate else { return }
      let end = began + Double(writes) / Double(maxRate)
      while !cancellation.isRequested {
        let left = end - Clock.monotonic
        if left <= 0 { return }
        Thread.sleep(forTimeInterval: min(left, 0.1))
      }
    }
  }

  private let lookUp: DocumentLookUp
  private let work: Work
  private let pace: Pace
  private let policy: SealingPolicy?
  private let wanted: BSONDocument
  private let progress: DocumentProgress
  private let log: FindingLog
  private let rewriter: DocumentRewriter?
  private let fernet: FernetKeys?
  private let shared: [SharedIDs]
  private var counts = MigrationCounts()
  private var unowned = UnownedDocuments()

  /// - Parameters:
  ///   - policy: The policy that says what should be sealed; nil means the database's policy.
  ///   - wanted: A filter of the documents; an empty filter means all documents.
  ///   - fernet: The keys of the platform's backend; nil if its tokens stay as they are.
  ///   - shared: Ids that several documents share. These documents stay as they are, because the values of one could be
  ///     put in the place of another's.
  package init(
    _ lookUp: DocumentLookUp, _ work: Work, pace: Pace, under policy: SealingPolicy? = nil,
    where wanted: BSONDocument = BSONDocument(), fernet: FernetKeys? = nil, leaving shared: [SharedIDs] = [],
    progress: DocumentProgress, log: FindingLog
  ) {
    self.shared = shared
    self.fernet = fernet
    self.lookUp = lookUp
    self.work = work
    self.pace = pace
    self.policy = policy
    self.wanted = wanted
    self.progress = progress
    self.log = log
    rewriter =
      if case .rewrite(let conversion) = work { DocumentRewriter(lookUp, conversion, log, fernet: fernet) } else { nil }
  }

  package func run() -> MigrationCounts {
    let (name, session) = (lookUp.name, lookUp.session)
    var read = 0
    do {
      let total = try session.retrying("counting \(name)") {
        let collection = try lookUp.collection()
        return wanted.isEmpty ? try collection.estimatedCount() : try collection.count(wanted)
      }
      progress.begin(name, total: total)
      var scan = DocumentScan(session, name, ScanQuery(filter: wanted))
      while !session.cancellation.isRequested {
        let batch = try scan.next(upTo: pace.documents)
        if batch.isEmpty { break }
        let began = Clock.monotonic
        let before = rewriter?.writes ?? 0
        read += batch.count
        let policy = try self.policy ?? lookUp.sealing.freshPolicy()
        if let rewriter {
          try rewriter.rewrite(batch.filter { !isLeft($0) }, policy)
        } else {
          try inspect(batch, policy)
        }
        progress.advance(by: batch.count)
        pace.wait(after: (rewriter?.writes ?? 0) - before, since: began, session.cancellation)
      }
    } catch {
      log.fail(unlessStopped: error)
    }
    let left = counts.left
    if let rewriter {
      counts = rewriter.counts
      counts.left += left
    }
    (rewriter?.unowned ?? unowned).report(log)
    counts.read = read
    counts.unfinished = read - counts.changed - counts.unchanged - counts.left - counts.gone
    return counts
  }

  /// Counts and reports a document that shares its id with others.
  ///
  /// - Returns: False if it does not.
  private func isLeft(_ document: BSONDocument) -> Bool {
    for shared in shared {
      guard let id = document[shared.field]?.integer, shared.ids.contains(id) else { continue }
      counts.left += 1
      log.add(
        Finding(
          .duplicateKeys,
          "other documents have the same \(shared.field) (\(id)), so this one was not sealed; merge them, or delete all but "
            + "one, then run the command again", document: (document["_id"] ?? .null).name(in: lookUp.name),
          pointer: "/\(shared.field)"))
      return true
    }
    return false
  }

  // MARK: Checks without writes

  private func inspect(_ batch: [BSONDocument], _ policy: SealingPolicy) throws {
    let context = try lookUp.context(of: batch)
    var converter = DocumentConverter(.seal, policy, lookUp.sealing.blindIndexes, fernet: fernet)
    var walk = SealingWalk()
    var decrypted = BSONWriter()
    let blocked = work == .count ? try blocked(batch, context) : []
    for document in batch {
      document.withView { view in
        guard let identity = DocumentIdentity(view, in: lookUp.name, owners: context.owners) else {
          guard lookUp.needsOwner(view, policy) else {
            counts.unchanged += 1
            return
          }
          counts.left += 1
          return unowned.add(view, in: lookUp.name)
        }
        if work == .count {
          let newest = blocked.contains(identity.athlete) ? nil : Self.noKey
          let (change, faults) = converter.convert(view, identity, newest: newest, keys: context.keys)
          return foresee(change, view, faults.filter { !$0.isPlaintext })
        }
        walk.begin(identity, classes: work == .decrypt ? [] : policy.classes, keys: context.keys)
        var faults = walk.copy(view, into: &decrypted).faults
        if lookUp.name == Collections.users {
          faults += lookUp.sealing.blindIndexes.faults(of: view, decrypted: BSONView(decrypted.out.base))
        }
        settle(view, faults)
      }
    }
  }

  /// Seals the documents and discards the result.
  private static let noKey = DataKey.random(stravaID: 0, version: 1)

  /// Returns the athletes of these documents for whom no value can be sealed.
  private func blocked(_ batch: [BSONDocument], _ context: DecryptionContext) throws -> Set<Int64> {
    let athletes = Set(
      batch.compactMap { document in
        document.withView { DocumentIdentity($0, in: lookUp.name, owners: context.owners)?.athlete }
      })
    return try lookUp.sealing.blocked(athletes.filter { $0 > 0 }).union(athletes.filter { $0 <= 0 })
  }

  /// Counts a document as a migration would.
  private func foresee(_ change: DocumentChange, _ view: BSONView, _ faults: [SealingFault]) {
    guard change.isEmpty || change.fits else {
      counts.left += 1
      return log.addTooLarge(change.id, in: lookUp.name)
    }
    counts.add(change)
    for fault in faults { log.add(fault, of: view, in: lookUp.name) }
    if !faults.isEmpty {
      counts.left += 1
    } else if change.isEmpty {
      counts.unchanged += 1
    } else {
      counts.changed += 1
    }
  }

  /// Counts a document that was only checked.
  private func settle(_ view: BSONView, _ faults: [SealingFault]) {
    for fault in faults {
      if fault.isPlaintext { counts.values[fault.pattern, default: 0] += 1 }
      log.add(fault, of: view, in: lookUp.name)
    }
    if faults.isEmpty { counts.unchanged += 1 } else { counts.left += 1 }
  }
}
