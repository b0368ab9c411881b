import Sealing
import StoreAccess

/// The result of a `keys` command, and the state of the keys afterwards.
package struct KeysSummary: JobSummary {
  /// A master key that is in the key file, or that the database names.
  package struct Master: Sendable, Equatable {
    package enum State: String, Sendable, Encodable {
      /// The key that wraps new data keys.
      case active
      /// A key that a rotation has replaced.
      case previous
      /// The key is active in the key file, but the database does not name it yet; `rotate-master` continues the
      /// rotation.
      case next
      /// The key is missing from the key file, so the data keys that it wraps cannot be decrypted.
      case missing
    }

    package let id: String
    package let state: State
    /// The time of creation in milliseconds since 1970, if the key's id contains it.
    package let madeAt: Int64?
    /// The time from which the key can be dropped, in milliseconds since 1970; nil if it is unknown, or if the key can
    /// never be dropped.
    package let droppableAt: Int64?
    package let dataKeys: Int
  }

  /// The numbers of data keys. Each key is in one of sealing, superseded, retired and unreadable.
  package struct DataKeys: Sendable, Equatable, Encodable {
    package var total = 0
    /// The number of athletes who have a data key.
    package var athletes = 0
    /// The newest keys of their athletes.
    package var sealing = 0
    /// Keys that are neither the newest nor retired: a rotation is in progress, or was stopped.
    package var superseded = 0
    package var retired = 0
    /// Retired keys that are old enough to be purged.
    package var due = 0
    /// Keys that cannot be decrypted, or whose form is unknown.
    package var unreadable = 0
  }

  package struct State: Sendable, Equatable {
    /// The sealed classes; empty if nothing was ever sealed in the database.
    package let classes: [String]
    /// The id of the index key.
    package let indexKey: String
    /// True if the key file is protected with a passphrase.
    package let hasPassphrase: Bool
    /// The master keys in the order of their creation.
    package let masters: [Master]
    package let dataKeys: DataKeys
  }

  package enum Action: String, Sendable {
    case mastersMade = "masters_made"
    case mastersDropped = "masters_dropped"
    case rewrapped
    case keysMade = "data_keys_made"
    case keysRetired = "data_keys_retired"
    case keysDeleted = "data_keys_deleted"
  }

  package let task: KeysTask
  package let database: String
  /// The state of the keys at the end; nil if the task was stopped earlier.
  package internal(set) var state: State?
  /// A count for each action of the task; 0 if nothing was done.
  package internal(set) var actions: [Action: Int]
  /// The number of documents that were read.
  package internal(set) var collections: [(name: String, counts: MigrationCounts)] = []
  package var ending = JobEnding()

  init(_ task: KeysTask, database: String) {
    self.task = task
    self.database = database
    actions = Dictionary(uniqueKeysWithValues: task.actions.map { ($0, 0) })
  }
}

extension KeysTask {
  fileprivate var actions: [KeysSummary.Action] {
    switch self {
    case .status, .verify: []
    case .rotateMaster: [.mastersMade, .rewrapped]
    case .dropMaster: [.mastersDropped]
    case .rotateData: [.keysMade, .keysRetired]
    case .purge, .destroy: [.keysDeleted]
    }
  }
}
