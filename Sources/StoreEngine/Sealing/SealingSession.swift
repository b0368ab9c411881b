import FieldCrypto
import Foundation
import StravaRecords

/// Sealing as one command does it: the settings in force and the data keys, read anew every ten minutes, so that a
/// widened policy, a rotation or a destroyed key is noticed in time.
final class SealingSession: @unchecked Sendable {
  /// Seconds; a key that was retired is deleted a day later at the soonest.
  private static let freshness = 600.0

  let keys: KeyFile
  let blindIndexes: BlindIndexes
  private let session: StoreSession
  private let store: DataKeyStore
  // `lock` guards the two below.
  private let lock = NSLock()
  private var settings: SealingSettings
  private var readAt: Double

  init(_ session: StoreSession, _ keys: KeyFile, _ settings: SealingSettings) {
    self.session = session
    self.keys = keys
    self.settings = settings
    blindIndexes = BlindIndexes(keys.indexKey)
    store = DataKeyStore(session, keys)
    readAt = Clock.monotonic
  }

  /// What is sealed, as last read.
  var policy: SealingPolicy { lock.withLock { settings.policy } }

  /// What is sealed, at most ten minutes old.
  func freshPolicy() throws -> SealingPolicy {
    try refreshIfDue()
    return policy
  }

  /// The keys that seal for these athletes, at most ten minutes old; made where there are none.
  func sealingKeys(of athletes: Set<Int64>) throws -> [Int64: DataKey] {
    try refreshIfDue()
    return try store.sealingKeys(of: athletes, master: lock.withLock { settings.activeMaster })
  }

  /// The keys of these ids that are there.
  func openingKeys(_ ids: Set<KeyID>) throws -> [KeyID: DataKey] { try store.keys(ids) }

  private func refreshIfDue() throws {
    guard lock.withLock({ Clock.monotonic - readAt > Self.freshness }) else { return }
    let now = Clock.monotonic
    // Gone with its database, the policy goes on as it was.
    guard let read = try SealingSettings.read(session, keys) else { return }
    store.forget()
    lock.withLock {
      settings = read
      readAt = now
    }
  }
}
