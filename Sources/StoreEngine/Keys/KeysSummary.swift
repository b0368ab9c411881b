import SourceText

/// What a `keys` command did, and how the keys are afterwards.
public struct KeysSummary: Sendable {
  /// A master key that the key file holds, or that the database names.
  public struct Master: Sendable, Equatable {
    public enum State: String, Sendable, Encodable {
      /// Wraps new data keys.
      case active
      /// Was rotated away.
      case previous
      /// The key file has it as the active one, and the database does not name it yet: `rotate-master` goes on.
      case next
      /// Not in the key file: what it wraps does not open.
      case missing
    }

    public let id: String
    public let state: State
    /// Milliseconds since 1970, where its id tells.
    public let madeAt: Int64?
    /// From when on it can be dropped, milliseconds since 1970; nil where it is not known, or never.
    public let droppableAt: Int64?
    public let dataKeys: Int
  }

  /// Data keys, each in one of sealing, superseded, retired and unreadable.
  public struct DataKeys: Sendable, Equatable, Encodable {
    public var total = 0
    /// Who have one.
    public var athletes = 0
    /// The newest of their athletes.
    public var sealing = 0
    /// Not the newest, and not retired: a rotation is under way, or was stopped.
    public var superseded = 0
    public var retired = 0
    /// Retired ones that are old enough to be purged.
    public var due = 0
    /// They do not open, or are in no known form.
    public var unreadable = 0
  }

  public struct State: Sendable, Equatable {
    /// The sealed classes; none where nothing was ever sealed in the database.
    public let classes: [String]
    /// Its id.
    public let indexKey: String
    /// The key file is under one.
    public let hasPassphrase: Bool
    /// In the order in which they were made.
    public let masters: [Master]
    public let dataKeys: DataKeys
  }

  public enum Deed: String, Sendable {
    case mastersMade = "masters_made"
    case mastersDropped = "masters_dropped"
    case rewrapped
    case keysMade = "data_keys_made"
    case keysRetired = "data_keys_retired"
    case keysDeleted = "data_keys_deleted"
  }

  public let task: KeysTask
  public let database: String
  /// How the keys are at the end; nil where the task was stopped before.
  public internal(set) var state: State?
  /// Each that belongs to the task; 0 where nothing came of it.
  public internal(set) var deeds: [Deed: Int]
  /// Documents that were gone through.
  public internal(set) var collections: [(name: String, counts: MigrationCounts)] = []
  public internal(set) var findings: [Rule: Int] = [:]
  public internal(set) var errors = 0
  public internal(set) var failure: String?
  public internal(set) var stopped: Interruption.Reason?
  /// Seconds.
  public internal(set) var elapsed = 0.0

  init(_ task: KeysTask, database: String) {
    self.task = task
    self.database = database
    deeds = Dictionary(uniqueKeysWithValues: task.deeds.map { ($0, 0) })
  }

  public var exitCode: Int32 { Interruption.exitCode(stopped, failed: failure != nil, leaves: errors > 0) }
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

extension KeysSummary {
  /// Of a task that could not begin.
  public init(notBegun task: KeysTask, _ connection: ConnectionChoice, _ failure: StoreFailure) {
    self.init(task, database: connection.database ?? "")
    (stopped, self.failure) = failure.ending
  }
}
