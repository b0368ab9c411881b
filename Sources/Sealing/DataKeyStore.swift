import Algorithms
import BSON
import FieldCrypto
import Findings
import Mongo
import StoreAccess
import Synchronization

/// How data keys that cannot be decrypted are handled.
package enum DamagedDataKeys {
  /// The look-up fails.
  case fail
  /// They count as missing, and no new value is sealed for an athlete whose newest key is damaged. The function is
  /// called once, with a finding, for each such key that an envelope names.
  case skip(@Sendable (Finding) -> Void)
}

/// The athletes' data keys as one command knows them. Keys are looked up in `data_keys`, created for athletes without
/// one, and decrypted with the master keys. The threads of the command share this object.
///
/// A key that was created here is used only after a majority of the servers has acknowledged it. The cache is emptied
/// when the settings are read again, so that rotation and destruction are noticed.
final class DataKeyStore: Sendable {
  /// Maximum number of athletes in memory. Any others are looked up again.
  private static let limit = 200_000

  private let session: StoreSession
  private let keys: KeyRing
  private let damaged: DamagedDataKeys
  private let cache = Mutex(Cache())

  private struct Cache {
    var sealing: [Int64: DataKey] = [:]
    var byID: [KeyID: DataKey] = [:]
    /// All keys of the athletes in memory.
    var families: [Int64: [DataKey]] = [:]
    var reported: Set<KeyID?> = []
    /// The times at which keys of version 1 were created.
    var beginnings: [KeyID: BSONDate] = [:]
    /// The number of times that the cache was emptied. The result of a look-up that began earlier is not cached.
    var age = 0
  }

  init(_ session: StoreSession, _ keys: KeyRing, _ damaged: DamagedDataKeys) {
    self.session = session
    self.keys = keys
    self.damaged = damaged
  }

  func forget() {
    cache.withLock { cache in
      cache.sealing.removeAll()
      cache.byID.removeAll()
      cache.families.removeAll()
      cache.beginnings.removeAll()
      cache.age += 1
    }
  }

  /// Returns the key that seals for each of these athletes: the one with the highest version, which is created if the
  /// athlete has none. If damaged keys are skipped, an athlete whose key with the highest version cannot be decrypted
  /// is left out.
  ///
  /// - Parameter master: The master key that wraps new keys, as named in the settings.
  func sealingKeys(of athletes: Set<Int64>, master: KeyID) throws -> [Int64: DataKey] {
    var (found, age) = cache.withLock { cache in
      (athletes.reduce(into: [Int64: DataKey]()) { $0[$1] = cache.sealing[$1] }, cache.age)
    }
    var missing = athletes.filter { found[$0] == nil }
    if missing.isEmpty { return found }
    var (newest, blocked) = try newest(missing)
    found.merge(newest) { $1 }
    missing = athletes.filter { found[$0] == nil && !blocked.contains($0) }
    if !missing.isEmpty {
      found.merge(try make(missing.sorted(), master)) { $1 }
      // If another importer was faster, its key is the athlete's key.
      (newest, blocked) = try self.newest(missing.filter { found[$0] == nil }, blocked)
      found.merge(newest) { $1 }
    }
    guard athletes.allSatisfy({ found[$0] != nil || blocked.contains($0) }) else {
      throw StoreFailure(
        "data keys that were written no longer exist; check whether another program deletes from data_keys")
    }
    cache.withLock { cache in
      guard cache.age == age else { return }
      if cache.sealing.count + found.count > Self.limit { cache.sealing.removeAll() }
      cache.sealing.merge(found) { $1 }
    }
    return found
  }

  /// Returns when a key of version 1 in memory was created. No value that was written before that can be decrypted, since
  /// the earlier keys of the athlete were destroyed.
  func beginning(of key: DataKey) -> BSONDate? { cache.withLock { $0.beginnings[key.id] } }

  private func remember(_ documents: [DataKeyDocument]) {
    cache.withLock { cache in
      if cache.beginnings.count + documents.count > Self.limit { cache.beginnings.removeAll() }
      for document in documents where document.version == 1 { cache.beginnings[document.id] = document.createdAt }
    }
  }

  /// Returns the existing keys with these ids, and the other keys of their athletes: a nested envelope may be sealed
  /// with an older key.
  func keys(_ ids: Set<KeyID>) throws -> [KeyID: DataKey] {
    var (known, age) = cache.withLock { cache in
      (
        ids.reduce(into: [KeyID: DataKey]()) { known, id in
          guard let key = cache.byID[id] else { return }
          known[id] = key
          for other in cache.families[key.stravaID] ?? [] { known[other.id] = other }
        }, cache.age
      )
    }
    let missing = ids.filter { known[$0] == nil }
    if missing.isEmpty { return known }
    let uuids = missing.map { id in id.withUnsafeBytes { BSONValue.binary(subtype: BinarySubtype.uuid, Array($0)) } }
    let (named, damaged) = try find(uuids, "_id")
    for key in damaged {
      let report = try skipping(key)
      if cache.withLock({ $0.reported.insert(key.id).inserted }) { report(key.finding) }
    }
    let athletes = Set(named.map(\.stravaID))
    let family = try find(athletes.map(BSONValue.int64), "strava_id").keys
    let found = Dictionary((family + named).map { ($0.id, $0) }) { $1 }
    known.merge(found) { $1 }
    cache.withLock { cache in
      guard cache.age == age else { return }
      if cache.byID.count + found.count > Self.limit {
        cache.byID.removeAll()
        cache.families.removeAll()
      }
      cache.byID.merge(found) { $1 }
      cache.families.merge(Dictionary(grouping: family, by: \.stravaID)) { $1 }
    }
    return known
  }

  /// Returns the athletes among these whose newest key cannot be decrypted, in a command that skips such keys.
  func blocked(_ athletes: Set<Int64>) throws -> Set<Int64> { try newest(athletes).blocked }

  /// Returns the keys with the highest version of the athletes who have any, and the athletes whose newest key cannot
  /// be decrypted.
  func newest(
    _ athletes: Set<Int64>, _ known: Set<Int64> = []
  ) throws -> (found: [Int64: DataKey], blocked: Set<Int64>) {
    var (newest, blocked) = ([Int64: DataKey](), known)
    let (keys, damaged) = try find(athletes.map(BSONValue.int64), "strava_id")
    for key in keys where newest[key.stravaID].map({ $0.version < key.version }) ?? true { newest[key.stravaID] = key }
    for key in damaged {
      // Only the newest key matters here: older damaged keys are not needed for new values.
      guard let athlete = key.athlete, key.version ?? .max > newest[athlete]?.version ?? 0 else { continue }
      // The code that has a value to seal reports the damaged key.
      _ = try skipping(key)
      newest[athlete] = nil
      blocked.insert(athlete)
    }
    return (newest, blocked)
  }

  /// - Throws: `StoreFailure` if a needed key cannot be decrypted and must not be skipped.
  /// - Returns: The function that takes a finding about it.
  private func skipping(_ key: DamagedDataKey) throws -> (Finding) -> Void {
    guard case .skip(let report) = damaged else { throw key.failure }
    return report
  }

  private func find(_ values: [BSONValue], _ field: String) throws -> (keys: [DataKey], damaged: [DamagedDataKey]) {
    var (found, damaged) = ([DataKey](), [DamagedDataKey]())
    try session.lookUp(values, "looking up data keys") { part in
      let options = BSONDocument { options in
        options.appendMajorityRead()
        options.appendOneReply(of: part.count)
      }
      let cursor = try session.client().collection(Collections.dataKeys, in: session.database)
        .find(.filter(field, in: part), options: options)
      var (some, others) = ([DataKey](), [DamagedDataKey]())
      var documents: [DataKeyDocument] = []
      while let view = try cursor.next() {
        do {
          let document = try DataKeyDocument(view)
          some.append(try document.decrypt(keys))
          documents.append(document)
        } catch {
          others.append(DamagedDataKey(view, StoreFailure(error)))
        }
      }
      remember(documents)
      return (some, others)
    } take: { _, part in
      found += part.0
      damaged += part.1
    }
    return (found, damaged)
  }

  /// - Returns: The keys that a majority of the servers has acknowledged. Athletes who already have a key are left out.
  private func make(_ athletes: [Int64], _ master: KeyID) throws -> [Int64: DataKey] {
    var made: [Int64: DataKey] = [:]
    for some in athletes.chunks(ofCount: 1000) {
      let new = some.map { DataKey.random(stravaID: $0, version: 1) }
      let described = try new.map { try DataKeyDocument($0, master, keys) }
      let documents = described.map(\.document)
      let refused = try session.retrying("creating data keys") {
        try session.client().collection(Collections.dataKeys, in: session.database).insertForMajority(documents).refused
      }
      if let refused = refused.first(where: { $0.kind != .duplicateKey }) {
        throw StoreFailure("cannot create a data key: the server refused it: \(refused.message)")
      }
      let lost = Set(refused.map(\.index))
      remember(described.enumerated().filter { !lost.contains($0.offset) }.map(\.element))
      for (index, key) in new.enumerated() where !lost.contains(index) { made[key.stravaID] = key }
    }
    return made
  }
}
