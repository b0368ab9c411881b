import Algorithms
import BSON
import FieldCrypto
import Findings
import Mongo
import Sealing
import StoreAccess

/// A rotation of data keys. Each athlete gets a key of the next version, which seals from then on. Then every value is
/// sealed again, and the older versions are retired.
///
/// An older version that is not retired shows that a rotation was stopped. When it is run again, it continues, and
/// creates a key only for athletes who have none of this rotation. All its keys have one `created_at`.
struct DataRotation {
  let tools: KeysTools

  func rotate(_ athletes: KeysTask.Athletes, _ settings: SealingSettings, _ summary: inout KeysSummary) throws {
    let athlete: Int64? = if case .one(let id) = athletes { id } else { nil }
    var census = try KeyCensus.take(of: athlete, tools)
    // For these athletes nothing changes; the report about the keys at the end names them.
    let blocked = census.blocked
    if let athlete {
      guard !blocked.contains(athlete) else {
        throw StoreFailure(
          "cannot rotate the data key of athlete \(athlete): the newest one cannot be decrypted; run `strava-store keys status`"
        )
      }
      if census.entries.isEmpty { return tools.reportNoKey(of: athlete) }
    }
    census.leaveOut(blocked)
    let isUnfinished = census.older.contains { $0.retiredAt == nil }
    let now = try tools.session.serverNow()
    let began = isUnfinished ? census.lastMade ?? now : now
    // An athlete's first key belongs to no rotation, even if it was created while a rotation was stopped.
    let due = census.newest.map { census.entries[$0] }.filter {
      !isUnfinished || $0.createdAt < began || $0.version == 1
    }
    try make(after: due, settings.activeMaster, began, &summary)
    try SealingSettings.beginGeneration(tools.session)

    try tools.pass(.rewrite(.reseal), of: athlete, &summary)
    guard tools.log.failure == nil else { return }
    census = try KeyCensus.take(of: athlete, tools)
    census.leaveOut(blocked.union(census.blocked))
    try retire(census.older.filter { $0.retiredAt == nil }, &summary)
  }

  /// Creates the next version for each athlete. If another command was faster, its key is the next version and is not
  /// counted here.
  private func make(
    after entries: [KeyCensus.Entry], _ master: KeyID, _ began: BSONDate, _ summary: inout KeysSummary
  ) throws {
    tools.progress.begin(Collections.dataKeys, total: entries.count)
    for chunk in entries.chunks(ofCount: 1000) {
      try tools.checkCancellation()
      let documents = try chunk.map { entry in
        let key = DataKey.random(stravaID: entry.athlete, version: entry.version + 1)
        return try DataKeyDocument(key, master, tools.keys, at: began).document
      }
      let refused = try tools.session.retrying("creating data keys") {
        try tools.dataKeys().insertForMajority(documents).refused
      }
      // The repetition of an insert whose answer was lost is also refused.
      let again = Set(refused.map(\.index))
      let made = again.isEmpty ? 0 : try present(documents.indices.filter(again.contains).map { documents[$0] })
      summary.actions[.keysMade, default: 0] += documents.count - refused.count + made
      if let refused = refused.first(where: { $0.kind != .duplicateKey }) {
        throw StoreFailure("cannot create a data key: the server refused it: \(refused.message)")
      }
      tools.progress.advance(by: documents.count)
    }
  }

  /// - Returns: The number of these keys that exist.
  private func present(_ keys: [BSONDocument]) throws -> Int {
    let ids = BSONDocument.filter("_id", in: keys.map { $0["_id"] ?? .null }[...])
    return try tools.session.retrying("looking up data keys") { try tools.dataKeys().count(ids) }
  }

  private func retire(_ entries: [KeyCensus.Entry], _ summary: inout KeysSummary) throws {
    let now = try tools.session.serverNow()
    try tools.change(
      "retiring data keys",
      entries.map { entry in
        (
          filter: BSONDocument { filter in
            entry.id.withUnsafeBytes { filter.append("_id", subtype: BinarySubtype.uuid, binary: $0) }
            filter.append(name: "retired_at", .null)
          },
          update: BSONDocument { update in
            let set = update.begin("$set")
            // The clock of the host that created the key may be fast.
            update.append("retired_at", max(now, entry.createdAt))
            update.end(set)
          }
        )
      }, as: .keysRetired, &summary)
  }
}

extension KeyCensus {
  /// Returns the creation time of the newest key that replaced a key which is not retired.
  fileprivate var lastMade: BSONDate? {
    let unfinished = Set(older.filter { $0.retiredAt == nil }.map(\.athlete))
    return newest.map { entries[$0] }.filter { unfinished.contains($0.athlete) }.map(\.createdAt).max()
  }
}

extension KeysTools {
  func reportNoKey(of athlete: Int64) {
    log.add(
      Finding(
        .noDataKey, "athlete \(athlete) has no data key in this database; check the id and the name of the database",
        file: Collections.dataKeys))
  }
}
