import BSON
import FieldCrypto
import Mongo
import SourceText

/// The two ways in which a data key ends.
struct KeyDeletion {
  let desk: KeyDesk

  // MARK: Purge

  /// Deletes the keys that were retired 24 hours ago or more, and under which a full scan finds no value. What an
  /// importer sealed under one of them after the rotation had gone by is sealed anew first.
  ///
  /// The scan begins after a new generation has: whatever an importer writes under such a key later, it finds out by
  /// itself that the key is past, and seals anew what it has written.
  func purge(_ summary: inout KeysSummary) throws {
    let due = try KeyCensus.take(desk).due(at: Clock.now)
    summary.deeds[.keysDeleted] = 0
    guard !due.isEmpty else { return }
    try SealingSettings.beginGeneration(desk.session)
    var used = try keysInUse(among: Set(due.map(\.id)))
    summary.deeds[.keysDeleted]? += try delete(due.filter { used[$0.id] == nil })
    guard !used.isEmpty else { return }
    summary.collections = try desk.pass(.rewrite(.reseal))
    guard desk.log.failure == nil else { return }
    let late = due.filter { used[$0.id] != nil }
    used = try keysInUse(among: Set(late.map(\.id)))
    summary.deeds[.keysDeleted]? += try delete(late.filter { used[$0.id] == nil })
    for entry in late {
      guard let place = used[entry.id] else { continue }
      desk.log.add(
        Finding(
          .retiredKeyInUse, "data key \(entry.id) of athlete \(entry.athlete) is still needed", file: place, pointer: ""
        ))
    }
  }

  /// Where envelopes name these keys: a document for each.
  private func keysInUse(among keys: Set<KeyID>) throws -> [KeyID: String] {
    var used: [KeyID: String] = [:]
    for name in MigrationOptions.everyCollection {
      let total = try desk.session.retrying("counting \(name)") {
        try desk.session.client().collection(name, in: desk.session.database).estimatedCount()
      }
      desk.progress.begin(name, total: total)
      var scan = DocumentScan(desk.session, name)
      while true {
        try desk.checkInterruption()
        let batch = try scan.next(upTo: 1000)
        if batch.isEmpty { break }
        for document in batch {
          var named: Set<KeyID> = []
          document.withView { EnvelopeKeys.collect(from: $0, into: &named) }
          for key in named.intersection(keys) where used[key] == nil {
            used[key] = "\(name)/\((document["_id"] ?? .null).shortText)"
          }
        }
        desk.progress.advance(by: batch.count)
      }
    }
    return used
  }

  private func delete(_ entries: [KeyCensus.Entry]) throws -> Int {
    try delete(
      entries.map { entry in
        BSONDocument { filter in
          entry.id.withUnsafeBytes { filter.append("_id", subtype: BinarySubtype.uuid, binary: $0) }
          filter.append("retired_at", entry.retiredAt)
        }
      })
    return entries.count
  }

  private func delete(_ filters: [BSONDocument]) throws {
    for start in stride(from: 0, to: filters.count, by: 1000) {
      try desk.checkInterruption()
      let some = Array(filters[start..<min(start + 1000, filters.count)])
      let refused = try desk.session.retrying("deleting data keys") { try desk.dataKeys().deleteForMajority(some) }
      if let refused = refused.first { throw StoreFailure("the server refused to delete keys: \(refused.message)") }
    }
  }

  // MARK: Destruction

  /// Deletes all keys of an athlete: what is sealed under them can never be read again.
  func destroy(_ athlete: Int64, _ summary: inout KeysSummary) throws {
    let census = try KeyCensus.take(of: athlete, desk)
    let count = census.entries.count + census.unreadable
    summary.deeds[.keysDeleted] = 0
    guard count > 0 else { return desk.tellNoKey(of: athlete) }
    try delete([BSONDocument { $0.append("strava_id", athlete) }])
    summary.deeds[.keysDeleted] = count
    // Importers forget them, and seal what comes from now on under a new key.
    try SealingSettings.beginGeneration(desk.session)
  }
}
