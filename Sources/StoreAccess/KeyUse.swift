import FieldCrypto
import Synchronization

/// A record of what a command did with its keys, for an audit. It contains ids and counts, never a key or a value.
package final class KeyUse: Sendable {
  package struct Record: Sendable {
    /// True if the key file was read.
    package fileprivate(set) var hasKeys = false
    package fileprivate(set) var database = ""
    /// The id of the index key.
    package fileprivate(set) var indexKey = ""
    fileprivate(set) var masters: Set<KeyID> = []
    fileprivate(set) var dataKeys: Set<KeyID> = []
    fileprivate(set) var destroyed: Set<KeyID> = []
    /// The number of data keys that were deleted without their ids being known, because they were damaged.
    fileprivate(set) var destroyedUnknown = 0
    /// The number of values that were decrypted.
    package fileprivate(set) var values = 0

    /// The ids of the master keys that decrypted data keys.
    package var masterIDs: [String] { masters.map(\.description).sorted() }
    /// The ids of the data keys that were decrypted.
    package var dataKeyIDs: [String] { dataKeys.map(\.description).sorted() }
    /// The ids of the master keys and data keys that were deleted.
    package var destroyedIDs: [String] { destroyed.map(\.description).sorted() }
    /// The number of keys that were deleted, including those whose ids are unknown.
    package var destroyedCount: Int { destroyed.count + destroyedUnknown }
  }

  private let state = Mutex(Record())

  package init() {}

  package var record: Record {
    var record = state.withLock { $0 }
    record.values = SealedValue.decryptedCount
    return record
  }

  func begin(_ file: KeyFile) {
    state.withLock {
      $0.hasKeys = true
      $0.indexKey = "\(file.indexKey.id)"
    }
  }

  func note(database: String) { state.withLock { $0.database = database } }

  package func noteOpened(_ key: KeyID, with master: KeyID) {
    state.withLock {
      $0.dataKeys.insert(key)
      $0.masters.insert(master)
    }
  }

  /// - Parameter unknown: The number of further keys whose ids are unknown.
  package func noteDestroyed(_ keys: some Sequence<KeyID>, unknown: Int = 0) {
    state.withLock {
      $0.destroyed.formUnion(keys)
      $0.destroyedUnknown += unknown
    }
  }
}
