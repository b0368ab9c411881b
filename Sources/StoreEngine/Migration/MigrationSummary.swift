import SourceText

/// What a migration is asked to do.
public struct MigrationOptions: Sendable {
  public enum Task: String, Sendable {
    /// Seals what is in clear.
    case seal
    /// Counts what would be sealed.
    case dryRun = "dry-run"
    /// Counts what is in clear, and opens everything that is sealed.
    case verify
    /// Puts everything back in clear.
    case decrypt
  }

  /// The collections that hold sealed values, in the order they are worked on.
  public static let everyCollection = [Collections.users, Collections.activities, Collections.insights]

  public var task = Task.seal
  public var connection: ConnectionChoice
  public var keyFile: KeyFileChoice
  public var collections = Self.everyCollection
  /// Documents read, written and read back at a time.
  public var batchSize = 500
  /// Documents written in a second at most; nil is as fast as it goes.
  public var maxRate: Int?
  /// A policy wider than the database's, which becomes the database's first.
  public var seal: SealingPolicy?

  public init(connection: ConnectionChoice, keyFile: KeyFileChoice) {
    self.connection = connection
    self.keyFile = keyFile
  }
}

/// Counts for one collection. Every document read is in exactly one of changed, unchanged, left, gone and unfinished.
public struct MigrationCounts: Sendable, Encodable, Equatable {
  public var read = 0
  /// Written, read back, and as wanted; in a dry run, those that would be.
  public var changed = 0
  /// As wanted already.
  public var unchanged = 0
  /// Not as wanted, and left so: each has a finding.
  public var left = 0
  /// Deleted by somebody meanwhile.
  public var gone = 0
  /// Read, and not settled: the work was stopped, or the store failed.
  public var unfinished = 0
  /// Documents that somebody else wrote between reading and reading back; they were read and worked on again.
  public var retried = 0
  /// Values in clear, by place; array indexes are `*`. Those that were sealed, that would be, or that should be; none
  /// for a decryption.
  public var values: [String: Int] = [:]

  public init() {}
}

/// What a migration did.
public struct MigrationSummary: Sendable {
  public var database: String
  public var task: MigrationOptions.Task
  /// The sealed classes.
  public var classes: [String]
  public var collections: [(name: String, counts: MigrationCounts)] = []
  public var findings: [Rule: Int] = [:]
  public var failure: String?
  public var stopped: Interruption.Reason?
  /// Seconds.
  public var elapsed = 0.0

  public var left: Int { collections.reduce(0) { $0 + $1.counts.left } }

  public var exitCode: Int32 { Interruption.exitCode(stopped, failed: failure != nil, leaves: left > 0) }
}

extension MigrationSummary {
  /// Of a run that could not begin.
  public init(notBegun options: MigrationOptions, _ failure: StoreFailure) {
    self.init(database: options.connection.database ?? "", task: options.task, classes: options.seal?.names ?? [])
    (stopped, self.failure) = failure.ending
  }
}
