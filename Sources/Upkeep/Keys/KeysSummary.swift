import Sealing
import StoreAccess

/// What a `keys` command did, and how the keys are afterwards.
package struct KeysSummary: JobSummary {
  /// A master key that the key file holds, or that the database names.
  package struct Master: Sendable, Equatable {
    package enum State: String, Sendable, Encodable {
      /// Wraps new data keys.
      case active
      /// Was rotated away.
      case previous
      /// The key file has it as the active one, and the database does not name it yet: `rotate-master` goes on.
      case next
      /// Not in the key file: what it wraps does not open.
      case missing
    }

    package let id: String
    package let state: State
    /// Milliseconds since 1970, where its id tells.
    package let madeAt: Int64?
    /// From when on it can be dropped, milliseconds since 1970; nil where it is not known, or never.
    package let droppableAt: Int64?
    package let dataKeys: Int
  }

  /// Data keys, each in one of sealing, superseded, retired and unreadable.
  package struct DataKeys: Sendable, Equatable, Encodable {
    package var total = 0
    /// Who have one.
    package var athletes = 0
    /// The newest of their athletes.
    package var sealing = 0
    /// Not the newest, and not retired: a rotation is under way, or was stopped.
    package var superseded = 0
    package var retired = 0
    /// Retired ones that are old enough to be purged.
    package var due = 0
    /// They do not open, or are in no known form.
    package var unreadable = 0
  }

  package struct State: Sendable, Equatable {
    /// The sealed classes; none where nothing was ever sealed in the database.
    package let classes: [String]
    /// Its id.
    package let indexKey: String
    /// The key file is under one.
    package let hasPassphrase: Bool
    /// In the order in which they were made.
    package let masters: [Master]
    package let dataKeys: DataKeys
  }

  package enum Deed: String, Sendable {
    case mastersMade = "masters_made"
    case mastersDropped = "masters_dropped"
    case rewrapped
    case keysMade = "data_keys_made"
    case keysRetired = "data_keys_retired"
    case keysDeleted = "data_keys_deleted"
  }

  package let task: KeysTask
  package let database: String
  /// How the keys are at the end; nil where the task was stopped before.
  package internal(set) var state: State?
  /// A count for each deed of the task; 0 where nothing was done.
  package internal(set) var deeds: [Deed: Int]
  /// Documents that were gone through.
  package internal(set) var collections: [(name: String, counts: MigrationCounts)] = []
  package var ending = JobEnding()

  init(_ task: KeysTask, database: String) {
    self.task = task
    self.database = database
    deeds = Dictionary(uniqueKeysWithValues: task.deeds.map { ($0, 0) })
  }
}

extension KeysTask {
  fileprivate var deeds: [KeysSummary.Deed] {
    switch self {
    case .status, .verify: []
    case .rotateMaster: [.mastersMade, .rewrapped]
    case .dropMaster: [.mastersDropped]
    case .rotateData: [.keysMade, .keysRetired]
    case .purge, .destroy: [.keysDeleted]
    }
  }
}
