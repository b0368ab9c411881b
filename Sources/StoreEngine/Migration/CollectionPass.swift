import BSON
import FieldCrypto
import Foundation
import Mongo
import SourceText
import StravaRecords

/// One pass over one collection: reads documents in batches, writes those that change under a compare-and-set, reads
/// each back and opens it. A write of somebody else's in between is never overwritten: the document is read and
/// converted again.
final class CollectionPass {
  /// Tries for a document that others keep changing.
  private static let rounds = 50
  private static let lookUpSize = 100

  private let name: String
  private let session: StoreSession
  private let sealing: SealingSession
  private let options: MigrationOptions
  private let progress: DocumentProgress
  private let log: FindingLog
  private let users: UserDirectory
  private var counts = MigrationCounts()

  init(
    _ name: String, _ session: StoreSession, _ sealing: SealingSession, options: MigrationOptions,
    progress: DocumentProgress, log: FindingLog
  ) {
    self.name = name
    self.session = session
    self.sealing = sealing
    self.options = options
    self.progress = progress
    self.log = log
    users = UserDirectory(session, started: Clock.now)
  }

  func run() -> MigrationCounts {
    let began = Clock.monotonic
    do {
      progress.begin(name, total: try session.retrying("counting \(name)") { try collection().estimatedCount() })
      var scan = DocumentScan(session, name)
      while !session.interruption.isRequested {
        let batch = try scan.next(upTo: options.batchSize)
        if batch.isEmpty { break }
        counts.read += batch.count
        try work(batch)
        progress.advance(by: batch.count)
        keepToRate(since: began)
      }
    } catch {
      log.fail(StoreFailure(error).message)
    }
    counts.unfinished = counts.read - counts.changed - counts.unchanged - counts.left - counts.gone
    return counts
  }

  private func collection() throws -> MongoCollection {
    try session.client().collection(name, in: session.database)
  }

  private func keepToRate(since began: Double) {
    guard let rate = options.maxRate else { return }
    let ahead = Double(counts.changed) / Double(rate) - (Clock.monotonic - began)
    if ahead > 0, !session.interruption.isRequested { Thread.sleep(forTimeInterval: min(ahead, 5)) }
  }

  private func work(_ batch: [BSONDocument]) throws {
    let policy = try sealing.freshPolicy()
    switch options.task {
    case .dryRun, .verify: try inspect(batch, policy)
    case .seal: try rewrite(batch, policy, .seal)
    case .decrypt: try rewrite(batch, policy, .open)
    }
  }

  // MARK: Looking only

  private func inspect(_ batch: [BSONDocument], _ policy: SealingPolicy) throws {
    let context = try context(of: batch)
    for document in batch {
      document.withView { view in
        guard let identity = DocumentIdentity(view, in: name, owners: context.owners) else {
          return unowned(view, policy)
        }
        var faults: [SealingFault] = []
        var scratch = BSONWriter()
        for element in view {
          var opener = DocumentOpener(identity, classes: policy.classes) { context.keys[$0] }
          scratch.out.count = 0
          opener.open(element, of: view, to: &scratch)
          faults += opener.faults
        }
        if options.task == .verify { faults += indexFaults(view, identity, context.keys) }
        settle(view, faults)
      }
    }
  }

  /// Counts a document that was only looked at.
  private func settle(_ view: BSONView, _ faults: [SealingFault]) {
    let inClear = faults.filter(\.isPlaintext)
    for fault in inClear { counts.values[fault.pattern, default: 0] += 1 }
    let others = faults.filter { !$0.isPlaintext }
    for fault in others { report(fault, in: view) }
    if options.task == .verify { for fault in inClear { report(fault, in: view) } }
    if !others.isEmpty || (options.task == .verify && !inClear.isEmpty) {
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
    guard name == Collections.users else { return [] }
    var faults: [SealingFault] = []
    var scratch = BSONWriter()
    for element in view where element.value.is(.binary) {
      var opener = DocumentOpener(identity, classes: []) { keys[$0] }
      scratch.out.count = 0
      opener.open(element, of: view, to: &scratch)
      var copy = BSONView.Iterator(at: scratch.out.base)
      guard let clear = copy.next(), let index = sealing.blindIndexes.index(of: clear) else { continue }
      let stored = view[index.name]?.binary.flatMap { Digest256(bytes: $0.bytes) }
      if stored != index.digest { faults.append(SealingFault(pointer: "/\(index.name)", reason: .wrongIndex)) }
    }
    return faults
  }

  // MARK: Writing

  private func rewrite(_ batch: [BSONDocument], _ policy: SealingPolicy, _ conversion: Conversion) throws {
    var converter = DocumentConverter(conversion, policy, sealing.blindIndexes)
    var open = batch
    var written: Set<BSONValue> = []
    for round in 0..<Self.rounds where !open.isEmpty {
      if round > 0 {
        if session.interruption.isRequested { return }
        Thread.sleep(forTimeInterval: Double.random(in: 0...0.002) * Double(round))
      }
      let changes = try convert(open, &converter, policy, conversion, written)
      if changes.isEmpty { return }
      let refused = try write(changes)
      let now = try readBack(changes.map(\.id))
      open = []
      for change in changes {
        guard refused[change.id] == nil else {
          counts.left += 1
          report(.serverRefused, change.id, "the server refused it: \(refused[change.id] ?? "")")
          continue
        }
        guard let document = now[change.id] else {
          counts.gone += 1
          continue
        }
        written.insert(change.id)
        if !change.stands(in: document) { counts.retried += 1 }
        open.append(document)
      }
    }
    for document in open {
      counts.left += 1
      report(.keepsChanging, document["_id"] ?? .null, "others keep changing it; run this again")
    }
  }

  /// The changes that are due; documents that need none are settled here.
  private func convert(
    _ documents: [BSONDocument], _ converter: inout DocumentConverter, _ policy: SealingPolicy,
    _ conversion: Conversion, _ written: Set<BSONValue>
  ) throws -> [DocumentChange] {
    let context = try context(of: documents)
    let athletes = Set(
      documents.compactMap { document in
        document.withView { DocumentIdentity($0, in: name, owners: context.owners)?.athlete }
      })
    let newest = try sealing.sealingKeys(of: athletes)
    return documents.compactMap { document in
      document.withView { view -> DocumentChange? in
        guard let identity = DocumentIdentity(view, in: name, owners: context.owners),
          let key = newest[identity.athlete]
        else {
          unowned(view, policy)
          return nil
        }
        let (change, faults) = converter.convert(view, identity, newest: key) { context.keys[$0] }
        if !change.isEmpty { return change }
        let others = faults.filter { !$0.isPlaintext }
        for fault in others { report(fault, in: view) }
        if !others.isEmpty {
          counts.left += 1
        } else if written.contains(change.id) {
          counts.changed += 1
        } else {
          counts.unchanged += 1
        }
        return nil
      }
    }
  }

  /// - Returns: why the server refused some. What else became of a write, reading back tells.
  private func write(_ changes: [DocumentChange]) throws -> [BSONValue: String] {
    var bulk = try collection().bulkWrite()
    for change in changes {
      change.filter.withUnsafeBytes { filter in
        change.update.withUnsafeBytes { bulk.update(filter: filter, update: $0, upsert: false, exactly: true) }
      }
    }
    let outcome = bulk.execute()
    if let failure = outcome.failure ?? outcome.writeConcernErrors.first {
      guard failure.isTransient else { throw failure }
      try session.retrying("writing \(name)") { try session.client().ping(database: session.database) }
    }
    return outcome.writeErrors.reduce(into: [:]) { refused, error in
      if !error.isTransient { refused[changes[error.index].id] = error.message }
    }
  }

  private func readBack(_ ids: [BSONValue]) throws -> [BSONValue: BSONDocument] {
    var found: [BSONValue: BSONDocument] = [:]
    for start in stride(from: 0, to: ids.count, by: Self.lookUpSize) {
      let filter = BSONDocument.filter("_id", in: ids[start..<min(start + Self.lookUpSize, ids.count)])
      try session.retrying("reading \(name) back") {
        let cursor = try collection().find(filter)
        while let view = try cursor.next() {
          let document = BSONDocument(copying: view.bytes)
          if let id = document["_id"] { found[id] = document }
        }
      }
    }
    return found
  }

  private func context(of documents: [BSONDocument]) throws -> OpeningContext {
    try OpeningContext(of: documents, in: name, users, sealing)
  }

  // MARK: Findings

  /// A document that does not say whose it is: nothing in it can be sealed or opened.
  private func unowned(_ view: BSONView, _ policy: SealingPolicy) {
    guard policy.classes.valueCount(in: view) > 0 else {
      counts.unchanged += 1
      return
    }
    counts.left += 1
    report(SealingFault(pointer: "", reason: .unowned), in: view)
  }

  private func report(_ fault: SealingFault, in view: BSONView) {
    log.add(Finding(fault, of: view, in: name))
  }

  private func report(_ rule: Rule, _ id: BSONValue, _ sentence: String) {
    log.add(Finding(rule, sentence, severity: .error, file: "\(name)/\(id.shortText)", pointer: ""))
  }
}
