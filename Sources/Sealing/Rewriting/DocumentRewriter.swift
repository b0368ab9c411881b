import BSON
import FieldCrypto
import Findings
import Foundation
import Mongo
import StoreAccess

/// A rewriter that converts stored documents of one collection. It writes the changed ones with a compare-and-set, then
/// reads each back and decrypts it. A concurrent write of another process is never overwritten: the document is read
/// and converted again.
package final class DocumentRewriter {
  /// Maximum number of attempts for a document that other processes keep changing.
  private static let rounds = 50

  private let lookUp: DocumentLookUp
  private let conversion: Conversion
  private let log: FindingLog
  private let fernet: FernetKeys?
  private(set) var counts = MigrationCounts()
  private(set) var unowned = UnownedDocuments()
  private var writer: ChangeWriter

  init(_ lookUp: DocumentLookUp, _ conversion: Conversion, _ log: FindingLog, fernet: FernetKeys? = nil) {
    self.fernet = fernet
    self.lookUp = lookUp
    self.conversion = conversion
    self.log = log
    writer = ChangeWriter(lookUp.name, lookUp.session)
  }

  /// The number of updates that were sent.
  var writes: Int { writer.writes }
  private var name: String { lookUp.name }
  private var session: StoreSession { lookUp.session }
  private var sealing: SealingSession { lookUp.sealing }

  func rewrite(_ batch: [BSONDocument], _ policy: SealingPolicy) throws {
    let generation = sealing.generation
    var used: [KeyID: DataKey] = [:]
    let written = try rewrite(batch, policy, &used)
    guard !used.isEmpty, !written.isEmpty, try sealing.isPast(generation) else { return }
    // The keys that sealed a document may have been replaced or purged before it was written.
    try Self.reseal(Array(written), by: "_id", lookUp.holding(sealing.undestroyed(used)), log)
  }

  /// Seals values again that are sealed with older keys than the newest, without counting them.
  package static func reseal(_ values: [BSONValue], by field: String, _ lookUp: DocumentLookUp, _ log: FindingLog)
    throws
  {
    let rewriter = DocumentRewriter(lookUp, .reseal, log)
    try rewriter.rewrite(try lookUp.documents(values, by: field), try lookUp.sealing.freshPolicy())
    rewriter.unowned.report(log)
  }

  /// - Returns: The documents that it has written.
  private func rewrite(
    _ batch: [BSONDocument], _ policy: SealingPolicy, _ used: inout [KeyID: DataKey]
  ) throws -> Set<BSONValue> {
    var converter = DocumentConverter(conversion, policy, sealing.blindIndexes, fernet: fernet)
    var open = batch
    var written: Set<BSONValue> = []
    // The documents of which a value was read back as written; what another process wrote instead is not a change of
    // this pass.
    var stood: Set<BSONValue> = []
    var round = 0
    while round < Self.rounds, !open.isEmpty {
      if round > 0, !session.cancellation.isRequested {
        Thread.sleep(forTimeInterval: Double.random(in: 0...0.002) * Double(round))
      }
      let changes = try convert(open, &converter, policy, stood, &used).filter(isSendable)
      // Written documents are always decrypted and counted. Documents that others changed meanwhile can be processed in
      // another run.
      if changes.isEmpty || (round > 0 && session.cancellation.isRequested) { return written }
      let (refused, isSettled) = try writer.write(changes)
      // A failing server does not count as a round with another writer, because the writer limits it.
      if isSettled || session.cancellation.isRequested { round += 1 }
      let now = Dictionary(try lookUp.documents(changes.map(\.id)).map { ($0["_id"] ?? .null, $0) }) { $1 }
      open = []
      for change in changes {
        if let error = refused[change.id] {
          counts.left += 1
          log.add(.serverRefused, change.id, in: name, "the server rejected the document: \(error.message)")
          continue
        }
        guard let document = now[change.id] else {
          counts.gone += 1
          continue
        }
        written.insert(change.id)
        // Another process may have changed one field since, while the others are as written.
        let (fields, isWhole) = (change.written(in: document), change.isPresent(in: document))
        if isWhole || !fields.isEmpty { stood.insert(change.id) }
        counts.add(change, in: fields)
        if isSettled, !isWhole { counts.retried += 1 }
        open.append(document)
      }
    }
    for document in open {
      counts.left += 1
      log.add(
        .keepsChanging, document["_id"] ?? .null, in: name,
        "other programs keep changing the document; run the command again")
    }
    return written
  }

  private func isSendable(_ change: DocumentChange) -> Bool {
    if change.fits { return true }
    counts.left += 1
    log.addTooLarge(change.id, in: name)
    return false
  }

  /// Returns the required changes; documents that need none are completed here.
  private func convert(
    _ documents: [BSONDocument], _ converter: inout DocumentConverter, _ policy: SealingPolicy,
    _ stood: Set<BSONValue>, _ used: inout [KeyID: DataKey]
  ) throws -> [DocumentChange] {
    let context = try lookUp.context(of: documents)
    let athletes = Set(
      documents.compactMap { document in
        document.withView { view -> Int64? in
          // No key is created if no value has to be sealed again.
          guard conversion != .reseal || lookUp.canDecrypt(view, context) else { return nil }
          let athlete = DocumentIdentity(view, in: name, owners: context.owners)?.athlete
          // No key is created for an id that is not a valid Strava id, because the validator of data_keys refuses it.
          return athlete.flatMap { $0 > 0 || conversion == .reseal ? $0 : nil }
        }
      })
    let newest = conversion == .decrypt ? [:] : try sealing.sealingKeys(of: athletes)
    if conversion != .decrypt { for key in newest.values { used[key.id] = key } }
    return documents.compactMap { document in
      document.withView { view -> DocumentChange? in
        guard let identity = DocumentIdentity(view, in: name, owners: context.owners) else {
          if lookUp.needsOwner(view, policy) {
            counts.left += 1
            unowned.add(view, in: name)
          } else {
            counts.unchanged += 1
          }
          return nil
        }
        let (change, faults) = converter.convert(
          view, identity, newest: newest[identity.athlete], keys: context.keys)
        if !change.isEmpty { return change }
        let others = faults.filter { !$0.isPlaintext }
        for fault in others { log.add(fault, of: view, in: name) }
        if !others.isEmpty {
          counts.left += 1
        } else if stood.contains(change.id) {
          counts.changed += 1
        } else {
          counts.unchanged += 1
        }
        return nil
      }
    }
  }
}

extension MigrationCounts {
  /// Adds the paths of the values that a change seals to the counts.
  ///
  /// - Parameter fields: The names of the fields whose values count.
  mutating func add(_ change: DocumentChange, in fields: Set<String>) {
    for (field, paths) in change.values where fields.contains(field) {
      for path in paths { values[path, default: 0] += 1 }
    }
  }

  /// Adds all paths of the values that a change would seal.
  mutating func add(_ change: DocumentChange) { add(change, in: Set(change.values.keys)) }
}
