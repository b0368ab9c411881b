import Algorithms
import BSON
import FieldCrypto
import Findings
import Mongo
import Sealing
import StoreAccess

/// New data keys: for each athlete one of the next version, which seals from then on; then every value is sealed
/// again, then the older versions are retired.
///
/// An older version that is not retired is the mark of a rotation that was stopped: run again, it goes on, and makes a
/// key only for those who have none of this rotation. All its keys have one `created_at`.
struct DataRotation {
  let desk: KeyDesk

  func rotate(_ athletes: KeysTask.Athletes, _ settings: SealingSettings, _ summary: inout KeysSummary) throws {
    let athlete: Int64? = if case .one(let id) = athletes { id } else { nil }
    var census = try KeyCensus.take(of: athlete, desk)
    // For these everything stays as it is; what the keys are like at the end tells of them.
    let blocked = census.blocked
    if let athlete {
      guard !blocked.contains(athlete) else {
        throw StoreFailure(
          "cannot rotate the data key of athlete \(athlete): the newest one cannot be decrypted; run `strava-store keys status`"
        )
      }
      if census.entries.isEmpty { return desk.tellNoKey(of: athlete) }
    }
    census.leaveOut(blocked)
    let isUnfinished = census.older.contains { $0.retiredAt == nil }
    let now = try desk.session.serverNow()
    let began = isUnfinished ? census.lastMade ?? now : now
    // A first key is of no rotation, even where it was made while one was stopped.
    let due = census.newest.map { census.entries[$0] }.filter {
      !isUnfinished || $0.createdAt < began || $0.version == 1
    }
    try make(after: due, settings.activeMaster, began, &summary)
    try SealingSettings.beginGeneration(desk.session)

    try desk.pass(.rewrite(.reseal), of: athlete, &summary)
    guard desk.log.failure == nil else { return }
    census = try KeyCensus.take(of: athlete, desk)
    census.leaveOut(blocked.union(census.blocked))
    try retire(census.older.filter { $0.retiredAt == nil }, &summary)
  }

  /// Makes the next version of each; where another command was first, its key is that, and is not counted here.
  private func make(
    after entries: [KeyCensus.Entry], _ master: KeyID, _ began: BSONDate, _ summary: inout KeysSummary
  ) throws {
    desk.progress.begin(Collections.dataKeys, total: entries.count)
    for chunk in entries.chunks(ofCount: 1000) {
      try desk.checkCancellation()
      let documents = try chunk.map { entry in
        let key = DataKey.random(stravaID: entry.athlete, version: entry.version + 1)
        return try DataKeyDocument(key, master, desk.keys, at: began).document
      }
      let refused = try desk.session.retrying("creating data keys") {
        try desk.dataKeys().insertForMajority(documents).refused
      }
      // The repetition of an insert whose answer was lost is refused too.
      let again = Set(refused.map(\.index))
      let made = again.isEmpty ? 0 : try present(documents.indices.filter(again.contains).map { documents[$0] })
      summary.deeds[.keysMade, default: 0] += documents.count - refused.count + made
      if let refused = refused.first(where: { $0.kind != .duplicateKey }) {
        throw StoreFailure("cannot create a data key: the server refused it: \(refused.message)")
      }
      desk.progress.advance(by: documents.count)
    }
  }

  /// - Returns: how many of these keys are there.
  private func present(_ keys: [BSONDocument]) throws -> Int {
    let ids = BSONDocument.filter("_id", in: keys.map { $0["_id"] ?? .null }[...])
    return try desk.session.retrying("looking up data keys") { try desk.dataKeys().count(ids) }
  }

  private func retire(_ entries: [KeyCensus.Entry], _ summary: inout KeysSummary) throws {
    let now = try desk.session.serverNow()
    try desk.change(
      "retiring data keys",
      entries.map { entry in
        (
          filter: BSONDocument { filter in
            entry.id.withUnsafeBytes { filter.append("_id", subtype: BinarySubtype.uuid, binary: $0) }
            filter.append(name: "retired_at", .null)
          },
          update: BSONDocument { update in
            let set = update.open("$set")
            // The host that made the key may have a clock that is ahead.
            update.append("retired_at", max(now, entry.createdAt))
            update.close(set)
          }
        )
      }, as: .keysRetired, &summary)
  }
}

extension KeyCensus {
  /// When the newest of those keys was made that took the place of one which is not retired.
  fileprivate var lastMade: BSONDate? {
    let unfinished = Set(older.filter { $0.retiredAt == nil }.map(\.athlete))
    return newest.map { entries[$0] }.filter { unfinished.contains($0.athlete) }.map(\.createdAt).max()
  }
}

extension KeyDesk {
  func tellNoKey(of athlete: Int64) {
    log.add(
      Finding(
        .noDataKey, "athlete \(athlete) has no data key in this database; check the id and the name of the database",
        file: Collections.dataKeys))
  }
}
