import Algorithms
import BSON
import FieldCrypto
import Findings
import Mongo
import Sealing
import StoreAccess

/// The two ways of deleting a data key: purge and destruction.
struct KeyDeletion {
  let tools: KeysTools

  // MARK: Purge

  /// Deletes the keys that were retired 24 hours ago or more, and under which a full scan finds no value. Values
  /// that an importer sealed with one of them after the rotation are sealed again first.
  ///
  /// The scan begins after a new generation has begun. An importer that later writes with such a key notices by itself
  /// that the key is retired, and seals again what it has written.
  func purge(_ summary: inout KeysSummary) throws {
    let now = try tools.session.serverNow()
    let census = try KeyCensus.take(tools)
    for entry in census.older {
      guard let reason = entry.misdating(at: now) else { continue }
      let id = entry.id.withUnsafeBytes { BSONValue.binary(subtype: BinarySubtype.uuid, Array($0)) }
      tools.log.add(
        Finding(
          .misdatedKey, "data key \(entry.id) of athlete \(entry.athlete) was not deleted: \(reason)",
          document: id.name(in: Collections.dataKeys), pointer: "/retired_at"))
    }
    let due = census.due(at: now)
    guard !due.isEmpty else { return }
    try SealingSettings.beginGeneration(tools.session)
    var used = try keysInUse(among: Set(due.map(\.id)))
    try delete(due.filter { used[$0.id] == nil }, &summary)
    guard !used.isEmpty else { return }
    try tools.pass(.rewrite(.reseal), &summary)
    guard tools.log.failure == nil else { return }
    let late = due.filter { used[$0.id] != nil }
    used = try keysInUse(among: Set(late.map(\.id)))
    try delete(late.filter { used[$0.id] == nil }, &summary)
    for entry in late {
      guard let document = used[entry.id] else { continue }
      tools.log.add(
        Finding(
          .retiredKeyInUse,
          "data key \(entry.id) of athlete \(entry.athlete) was not deleted: this document has values under it",
          document: document,
          pointer: ""
        ))
    }
  }

  /// Returns a document for each place where envelopes name these keys, including nested envelopes.
  private func keysInUse(among keys: Set<KeyID>) throws -> [KeyID: String] {
    var used: [KeyID: String] = [:]
    let sealing = try tools.sealing()
    for name in MigrationOptions.everyCollection {
      let total = try tools.session.retrying("counting \(name)") {
        try tools.session.client().collection(name, in: tools.session.database).estimatedCount()
      }
      tools.progress.begin(name, total: total)
      let lookUp = DocumentLookUp(name, tools.session, sealing)
      var scan = DocumentScan(tools.session, name)
      while true {
        try tools.checkCancellation()
        let batch = try scan.next(upTo: 1000)
        if batch.isEmpty { break }
        let context = try lookUp.context(of: batch)
        for document in batch {
          let named = document.withView { lookUp.keys(in: $0, context) }
          for key in named.intersection(keys) where used[key] == nil {
            used[key] = (document["_id"] ?? .null).name(in: name)
          }
        }
        tools.progress.advance(by: batch.count)
      }
    }
    return used
  }

  private func delete(_ entries: [KeyCensus.Entry], _ summary: inout KeysSummary) throws {
    for chunk in entries.chunks(ofCount: 1000) {
      try tools.checkCancellation()
      let filters = chunk.map { entry in
        BSONDocument { filter in
          entry.id.withUnsafeBytes { filter.append("_id", subtype: BinarySubtype.uuid, binary: $0) }
          filter.append("retired_at", entry.retiredAt)
        }
      }
      try delete(filters, keys: filters.count, &summary)
      tools.keys.use.noteDestroyed(chunk.map(\.id))
    }
  }

  private func delete(_ filters: [BSONDocument], keys: Int, _ summary: inout KeysSummary) throws {
    let (done, refused) = try tools.write("deleting data keys", operations: keys) { try $0.deleteForMajority(filters) }
    summary.actions[.keysDeleted, default: 0] += done
    if let refused { throw StoreFailure("cannot delete data keys: the server refused it: \(refused.message)") }
  }

  // MARK: Destruction

  /// Returns true if a document of the athlete is stored, so that the id is not a mistake. A login that may delete keys
  /// need not be allowed to read documents; then the answer is true, too.
  private func isKnown(_ athlete: Int64) throws -> Bool {
    try [(Collections.users, "strava_id"), (Collections.activities, "athlete_id")].contains { name, field in
      let filter = BSONDocument { $0.append(name: field, .int64(athlete)) }
      do {
        return try tools.session.retrying("looking for the athlete in \(name)") {
          try tools.session.client().collection(name, in: tools.session.database).findOne(filter)
        } != nil
      } catch let error as MongoError where error.isUnauthorized {
        return true
      }
    }
  }

  /// Deletes all keys of an athlete: values sealed with them can never be read again. Importers forget the keys when
  /// they notice the generation that begins after the deletion, and seal later values with a new key.
  func destroy(_ athlete: Int64, _ summary: inout KeysSummary) throws {
    let census = try KeyCensus.take(of: athlete, tools)
    let count = census.entries.count + census.unreadable
    try tools.checkCancellation()
    if count > 0 {
      try delete([BSONDocument { $0.append("strava_id", athlete) }], keys: count, &summary)
      tools.keys.use.noteDestroyed(census.entries.map(\.id), unknown: census.unreadable)
    } else if try !isKnown(athlete) {
      tools.reportNoKey(of: athlete)
    }
    // An earlier destruction that was stopped may have deleted the keys, so that only this step is left.
    try SealingSettings.beginGeneration(tools.session)
  }
}
