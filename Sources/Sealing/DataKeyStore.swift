import Algorithms
import BSON
import FieldCrypto
import Findings
import Mongo
import StoreAccess
import Synchronization

/// What becomes of data keys that do not open.
package enum DamagedDataKeys {
  /// The look-up fails.
  case fail
  /// They count as not there, and nothing new is sealed for an athlete whose newest is one. Called once with a finding
  /// for each that an envelope names.
  case skip(@Sendable (Finding) -> Void)
}

/// The athletes' data keys as one command knows them: looked up in `data_keys`, made where an athlete has none, opened
/// with the master keys. Shared by the threads of the command.
///
/// A key that this has made is used only once the majority of the servers has it. What is cached is forgotten when the
/// settings are read again, so that rotation and destruction are noticed.
final class DataKeyStore: Sendable {
  private static let lookUpSize = 100
  /// Athletes kept in memory; beyond that they are looked up again.
  private static let limit = 200_000

  private let session: StoreSession
  private let keys: KeyRing
  private let damaged: DamagedDataKeys
  private let cache = Mutex(Cache())

  private struct Cache {
    var sealing: [Int64: DataKey] = [:]
    var byID: [KeyID: DataKey] = [:]
    /// All keys of the athletes of those.
    var families: [Int64: [DataKey]] = [:]
    var told: Set<KeyID?> = []
    /// How often everything was forgotten: what was asked for before is not kept after.
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
      cache.age += 1
    }
  }

  /// The key that seals for each of these athletes: the one of the highest version, made where there is none. An athlete
  /// whose highest does not open is not among them, where such keys are skipped.
  ///
  /// - Parameter master: wraps new keys; the one that the settings name.
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
      // Where another importer was first, its key is the athlete's.
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

  /// The keys of these ids that are there, and the other keys of their athletes: an envelope inside another one
  /// may be sealed with an older key.
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
      let tell = try skipping(key)
      if cache.withLock({ $0.told.insert(key.id).inserted }) { tell(key.finding) }
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

  /// Those of some athletes whose newest key does not open, in a command that skips such keys.
  func blocked(_ athletes: Set<Int64>) throws -> Set<Int64> { try newest(athletes).blocked }

  /// The keys of the highest version, of those athletes who have any, and those whose does not open.
  func newest(
    _ athletes: Set<Int64>, _ known: Set<Int64> = []
  ) throws -> (found: [Int64: DataKey], blocked: Set<Int64>) {
    var (newest, blocked) = ([Int64: DataKey](), known)
    let (keys, damaged) = try find(athletes.map(BSONValue.int64), "strava_id")
    for key in keys where newest[key.stravaID].map({ $0.version < key.version }) ?? true { newest[key.stravaID] = key }
    for key in damaged {
      // Only the newest matters here: an older one of no use is not needed for anything new.
      guard let athlete = key.athlete, key.version ?? .max > newest[athlete]?.version ?? 0 else { continue }
      // Who has something to seal tells of it.
      _ = try skipping(key)
      newest[athlete] = nil
      blocked.insert(athlete)
    }
    return (newest, blocked)
  }

  /// - Throws: where a key that is needed and does not open is not to be skipped.
  /// - Returns: what takes a finding of it.
  private func skipping(_ key: DamagedDataKey) throws -> (Finding) -> Void {
    guard case .skip(let tell) = damaged else { throw key.failure }
    return tell
  }

  private func find(_ values: [BSONValue], _ field: String) throws -> (keys: [DataKey], damaged: [DamagedDataKey]) {
    var (found, damaged) = ([DataKey](), [DamagedDataKey]())
    for some in values.chunks(ofCount: Self.lookUpSize) {
      let filter = BSONDocument.filter(field, in: some)
      let (some, others) = try session.retrying("looking up data keys") {
        let cursor = try session.client().collection(Collections.dataKeys, in: session.database)
          .find(filter, options: BSONDocument { $0.appendMajorityRead() })
        var (some, others) = ([DataKey](), [DamagedDataKey]())
        while let view = try cursor.next() {
          do {
            some.append(try DataKeyDocument(view).open(keys))
          } catch {
            others.append(DamagedDataKey(view, StoreFailure(error)))
          }
        }
        return (some, others)
      }
      found += some
      damaged += others
    }
    return (found, damaged)
  }

  /// - Returns: the keys that the majority has acknowledged; an athlete who has one already is not among them.
  private func make(_ athletes: [Int64], _ master: KeyID) throws -> [Int64: DataKey] {
    var made: [Int64: DataKey] = [:]
    for some in athletes.chunks(ofCount: 1000) {
      let new = some.map { DataKey.random(stravaID: $0, version: 1) }
      let documents = try new.map { try DataKeyDocument($0, master, keys).document }
      let refused = try session.retrying("creating data keys") {
        try session.client().collection(Collections.dataKeys, in: session.database).insertForMajority(documents).refused
      }
      if let refused = refused.first(where: { $0.kind != .duplicateKey }) {
        throw StoreFailure("cannot create a data key: the server refused it: \(refused.message)")
      }
      let lost = Set(refused.map(\.index))
      for (index, key) in new.enumerated() where !lost.contains(index) { made[key.stravaID] = key }
    }
    return made
  }
}
