import BSON
import FieldCrypto
import StoreAccess
import StravaRecords
import Synchronization

/// The sealing state of one command: the current settings and data keys. They are read again every ten minutes, so that
/// a widened policy, a rotation or a destroyed key is noticed in time. Callers of `isPast` notice it sooner.
package final class SealingSession: Sendable {
  /// The interval in seconds. A key that was retired is deleted a day later at the earliest.
  private static let freshness = 600.0

  package let keys: KeyRing
  package let blindIndexes: BlindIndexes
  private let session: StoreSession
  private let store: DataKeyStore
  private let state: Mutex<State>

  private struct State {
    var settings: SealingSettings
    /// The generation that was read before everything that is known about data keys.
    var freshSince: Double
  }

  /// - Parameter damaged: How data keys that cannot be decrypted are handled.
  package init(_ session: StoreSession, _ keys: KeyRing, _ settings: SealingSettings, damaged: DamagedDataKeys = .fail)
  {
    self.session = session
    self.keys = keys
    blindIndexes = BlindIndexes(keys.indexKey)
    store = DataKeyStore(session, keys, damaged)
    state = Mutex(State(settings: settings, freshSince: Clock.monotonic))
  }

  /// The sealed classes, as last read.
  package var policy: SealingPolicy { state.withLock { $0.settings.policy } }

  /// The form of the database, as last read.
  package var form: StoreForm { state.withLock { $0.settings.form } ?? .specification }

  /// The generation as last read. Data keys that are requested afterwards belong to this generation or a later one.
  package var generation: Int64 { state.withLock { $0.settings.generation } }

  /// Returns the sealed classes, at most ten minutes old.
  package func freshPolicy() throws -> SealingPolicy {
    try refreshIfDue()
    return policy
  }

  /// Returns the keys that seal for these athletes, at most ten minutes old, and creates missing ones. If damaged keys
  /// are skipped, athletes whose newest key cannot be decrypted are left out.
  package func sealingKeys(of athletes: Set<Int64>) throws -> [Int64: DataKey] {
    try refreshIfDue()
    return try store.sealingKeys(of: athletes, master: state.withLock { $0.settings.activeMaster })
  }

  /// Returns the time of the first key of the athlete of a key that seals; nil if it is not known. Sealed values that
  /// were written before cannot be decrypted, because the keys that sealed them were destroyed.
  package func beginning(of key: DataKey) -> BSONDate? { key.version == 1 ? store.beginning(of: key) : nil }

  /// Returns the athletes among these whose newest key cannot be decrypted. No new value is sealed for them.
  func blocked(_ athletes: Set<Int64>) throws -> Set<Int64> { try store.blocked(athletes) }

  /// Returns the existing keys with these ids, and the other keys of their athletes.
  func decryptionKeys(_ ids: Set<KeyID>) throws -> [KeyID: DataKey] { try store.keys(ids) }

  /// Returns those of the keys in memory that were not destroyed: keys that still exist, or that a later version has
  /// replaced. Values sealed with the other keys can never be decrypted again.
  package func undestroyed(_ keys: [KeyID: DataKey]) throws -> [KeyID: DataKey] {
    let (newest, blocked) = try store.newest(Set(keys.values.map(\.stravaID)))
    return keys.filter { id, key in
      newest[key.stravaID].map { $0.id == id || $0.version > key.version } ?? blocked.contains(key.stravaID)
    }
  }

  /// Asks the database whether another generation has begun, and returns true if so. The data keys of the earlier one
  /// may have been replaced since.
  package func isPast(_ generation: Int64) throws -> Bool {
    try refresh()
    return self.generation != generation
  }

  private func refreshIfDue() throws {
    if isDue(Clock.monotonic) { try refresh() }
  }

  private func isDue(_ now: Double) -> Bool { state.withLock { now - $0.freshSince > Self.freshness } }

  private func refresh() throws {
    let now = Clock.monotonic
    // If the settings were deleted with the database, the policy remains as it was.
    guard let read = try SealingSettings.read(session, keys) else { return }
    guard isDue(now) || state.withLock({ read != $0.settings }) else { return }
    // The keys are cleared first: a thread that sees a generation must not find keys of the previous one.
    store.forget()
    state.withLock { $0 = State(settings: read, freshSince: now) }
  }
}
