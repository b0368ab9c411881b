import BSON
import FieldCrypto
import Mongo
import Sealing
import StoreAccess

/// Replaces the active master key: creates a new one in the key file, names it in the settings, then encrypts every
/// data key again with it. A rotation that was stopped continues when it is run again, and creates no further
/// master key.
struct MasterRotation {
  let tools: KeysTools

  func rotate(_ settings: SealingSettings, _ summary: inout KeysSummary) throws {
    if tools.keys.writesNewFile { return try prepare(settings, &summary) }
    let active = try activeMaster(settings, &summary)
    if settings.activeMaster != active {
      var new = settings
      new.activeMaster = active
      new.activeSince = try tools.session.serverNow()
      try settings.replace(by: new, tools.session, tools.keys)
      // Importers wrap new data keys with it after their next reading of the settings.
      guard try SealingSettings.read(tools.session, tools.keys)?.activeMaster == active else {
        throw StoreFailure("another command changed the sealing settings at the same time; run the command again")
      }
    }
    // An importer may add a data key that is wrapped with the previous master key.
    var isDone = false
    while !isDone {
      isDone = try !rewrap(under: active, &summary)
      try checkNewest(active)
    }
  }

  /// Writes a key file with a new master key, and changes nothing else. Every host has to have the file before the
  /// database names the key; the rotation with the new file does that.
  private func prepare(_ settings: SealingSettings, _ summary: inout KeysSummary) throws {
    guard try activeMaster(settings, &summary) != settings.activeMaster, summary.actions[.mastersMade] == 1 else {
      throw StoreFailure(
        "the rotation to master key \(tools.keys.file.active) is not complete, so no new key file was written; run "
          + "`keys rotate-master` without an output file first")
    }
  }

  /// Stops this rotation if a newer one has begun: two rotations that wrap each other's keys would never end.
  ///
  /// - Throws: `StoreFailure` if the database names another master key by now.
  private func checkNewest(_ active: KeyID) throws {
    let settings = try SealingSettings.read(tools.session, tools.keys)
    guard settings?.activeMaster != active else { return }
    throw StoreFailure(
      "another rotate-master activated another master key during the run, so this one stopped; wait until the other one "
        + "has ended. If `keys status` then shows data keys under an older master key, run `keys rotate-master` again")
  }

  /// Returns the master key to change the database to: that of an unfinished rotation, or else a new one.
  private func activeMaster(_ settings: SealingSettings, _ summary: inout KeysSummary) throws -> KeyID {
    let file = tools.keys.file
    guard file.active == settings.activeMaster else { return file.active }
    let census = try KeyCensus.take(tools)
    if census.byMaster.keys.contains(where: { $0 != file.active && file.contains($0) }) { return file.active }
    let rotated = try tools.keys.rotate(at: tools.session.serverNow())
    summary.actions[.mastersMade] = 1
    return rotated.active
  }

  /// - Returns: True if a data key had to be encrypted again.
  private func rewrap(under active: KeyID, _ summary: inout KeysSummary) throws -> Bool {
    let total = try tools.session.retrying("counting data keys") { try tools.dataKeys().estimatedCount() }
    tools.progress.begin(Collections.dataKeys, total: total)
    var scan = DocumentScan(tools.session, Collections.dataKeys)
    var found = false
    while true {
      try tools.checkCancellation()
      let batch = try scan.next(upTo: 1000)
      if batch.isEmpty { return found }
      let changes = try batch.compactMap { try rewrapped($0, active) }
      if !changes.isEmpty {
        found = true
        // This follows the reading: if a newer rotation has wrapped one of the keys, its settings are visible by now.
        try checkNewest(active)
      }
      try tools.change("encrypting data keys again", changes, as: .rewrapped, &summary)
      tools.progress.advance(by: batch.count)
    }
  }

  /// - Returns: Nil for a key that needs no change or cannot be decrypted. The census reports the latter.
  private func rewrapped(
    _ document: BSONDocument, _ active: KeyID
  ) throws -> (filter: BSONDocument, update: BSONDocument)? {
    guard let stored = try? document.withView({ try DataKeyDocument($0) }),
      stored.wrappedUnder != active || stored.master != active, let key = try? stored.decrypt(tools.keys)
    else { return nil }
    let wrapped = try tools.keys.file(holding: active).wrap(key, under: active)
    let filter = BSONDocument { filter in
      filter.append(name: "_id", document["_id"] ?? .null)
      filter.append(name: "wrapped_key", document["wrapped_key"] ?? .null)
    }
    let update = BSONDocument { update in
      let set = update.begin("$set")
      wrapped.withUnsafeBytes { update.append("wrapped_key", subtype: BinarySubtype.sealed, binary: $0) }
      active.withUnsafeBytes { update.append("master_key_id", subtype: BinarySubtype.uuid, binary: $0) }
      update.end(set)
    }
    return (filter, update)
  }

  /// Removes a master key from the key file. It refuses the active key, a key that a data key needs, and a key that was
  /// rotated less than 24 hours ago in the file or in this database, since a running importer may still wrap new keys
  /// with it.
  func drop(_ text: String, _ settings: SealingSettings, _ summary: inout KeysSummary) throws {
    guard let master = KeyID(text) else { throw StoreFailure("'\(text)' is not a key id; `keys status` shows the ids") }
    guard master != settings.activeMaster else {
      throw StoreFailure(
        "cannot remove master key \(master): it is active in \(summary.database); run `keys rotate-master` first")
    }
    let now = try tools.session.serverNow()
    if let since = settings.activeSince, since > now {
      throw StoreFailure(
        "cannot remove master key \(master): by the server's clock, the last rotation in \(summary.database) is in the "
          + "future (active_since in store_settings); correct the clocks, run `keys rotate-master`, and remove the key "
          + "24 hours later")
    }
    if let since = settings.activeSince, case let left = KeyCensus.rest - now.milliseconds(since: since), left > 0 {
      throw StoreFailure(
        "cannot remove master key \(master): \(summary.database) got its active master key less than 24 hours ago, and an "
          + "importer may still use the previous one; try again in \((left + 59_999) / 60_000) min")
    }
    let census = try KeyCensus.take(tools)
    guard census.unreadable == 0 else {
      throw StoreFailure(
        "cannot remove master key \(master): \(census.unreadable) of the data keys cannot be decrypted and may need it; run `keys status`"
      )
    }
    if let count = census.byMaster[master] {
      throw StoreFailure(
        "cannot remove master key \(master): \(count) of the data keys need it; run `keys rotate-master` first")
    }
    _ = try tools.keys.drop(master, at: now)
    tools.keys.use.noteDestroyed([master])
    summary.actions[.mastersDropped] = 1
  }
}
