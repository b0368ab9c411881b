import StravaRecords

/// What `index` is asked to do.
public struct IndexTask: Sendable {
  public enum Mode: String, Sendable {
    /// Brings the database to the declared state.
    case apply
    /// Shows the plan.
    case dryRun = "dry-run"
    /// Tells whether anything is not as declared.
    case check
  }

  public enum Validation: String, Sendable, CaseIterable {
    /// Every write is checked.
    case strict
    /// Writes to documents that fail already are let through.
    case moderate
    case off
  }

  public var mode = Mode.apply
  public var connection: ConnectionChoice
  public var collections = StoredCollection.all.map(\.name)
  /// Drop the indexes that are not declared; in a check, they count as drift.
  public var prune = false
  /// Names of declared indexes to build anew.
  public var rebuild: Set<String> = []
  /// Drop an index before its replacement is built, where the server does not have both at the same time.
  public var dropFirst = false
  /// Nil is moderate, or strict where it is so already.
  public var validation: Validation?

  public init(connection: ConnectionChoice) { self.connection = connection }

  /// Names of all declared indexes.
  public static let declaredIndexes = StoredCollection.all.flatMap { $0.indexes.map(\.name) }
}
