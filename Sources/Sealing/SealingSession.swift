import FieldCrypto
import StoreAccess
import StravaRecords
import Synchronization

/// Sealing as one command does it: the settings in force and the data keys, read again every ten minutes, so that
/// a widened policy, a rotation or a destroyed key is noticed in time. Callers of `isPast` notice it sooner.
package final class SealingSession: Sendable {
  /// Seconds; a key that was retired is deleted a day later at the soonest.
  private static let freshness = 600.0

  package let keys: KeyRing
  package let blindIndexes: BlindIndexes
  private let session: StoreSession
  private let store: DataKeyStore
  private let state: Mutex<State>

  private struct State {
    var settings: SealingSettings
    /// What is known of data keys was read after this.
    var freshSince: Double
  }

  /// - Parameter damaged: what becomes of data keys that do not open.
  package init(_ session: StoreSession, _ keys: KeyRing, _ settings: SealingSettings, damaged: DamagedDataKeys = .fail)
  {
    self.session = session
    self.keys = keys
    blindIndexes = BlindIndexes(keys.indexKey)
    store = DataKeyStore(session, keys, damaged)
    state = Mutex(State(settings: settings, freshSince: Clock.monotonic))
  }

  /// What is sealed, as last read.
  package var policy: SealingPolicy { state.withLock { $0.settings.policy } }

  /// The one as last read; data keys that are asked for afterwards are of this generation or a later one.
  package var generation: Int64 { state.withLock { $0.settings.generation } }

  /// What is sealed, at most ten minutes old.
  package func freshPolicy() throws -> SealingPolicy {
    try refreshIfDue()
    return policy
  }

  /// The keys that seal for these athletes, at most ten minutes old; made where there are none. Those are missing whose
  /// newest does not open, where such keys are skipped.
  package func sealingKeys(of athletes: Set<Int64>) throws -> [Int64: DataKey] {
    try refreshIfDue()
    return try store.sealingKeys(of: athletes, master: state.withLock { $0.settings.activeMaster })
  }

  /// Those of these athletes whose newest key does not open: nothing new is sealed for them.
  func blocked(_ athletes: Set<Int64>) throws -> Set<Int64> { try store.blocked(athletes) }

  /// The keys of these ids that are there, and others of their athletes.
  func decryptionKeys(_ ids: Set<KeyID>) throws -> [KeyID: DataKey] { try store.keys(ids) }

  /// Of keys in memory those that were not destroyed: they are there, or a later version has taken their place. What is
  /// sealed under the others is noise, and stays so.
  package func undestroyed(_ keys: [KeyID: DataKey]) throws -> [KeyID: DataKey] {
    let (newest, blocked) = try store.newest(Set(keys.values.map(\.stravaID)))
    return keys.filter { id, key in
      newest[key.stravaID].map { $0.id == id || $0.version > key.version } ?? blocked.contains(key.stravaID)
    }
  }

  /// Asks the database. True where another generation has begun: the data keys of that one may have been replaced since.
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
    // Gone with its database, the policy goes on as it was.
    guard let read = try SealingSettings.read(session, keys) else { return }
    guard isDue(now) || state.withLock({ read != $0.settings }) else { return }
    // First: whoever sees a generation must not find keys of the one before.
    store.forget()
    state.withLock { $0 = State(settings: read, freshSince: now) }
  }
}
