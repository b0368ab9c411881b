import StoreAccess
import StravaRecords

/// What `index` is asked to do.
package struct IndexTask: Sendable {
  package enum Mode: String, Sendable {
    /// Brings the database to the declared state.
    case apply
    /// Shows the plan.
    case dryRun = "dry-run"
    /// Tells whether anything is not as declared.
    case check
  }

  package enum Validation: String, Sendable, CaseIterable {
    /// Every write is checked.
    case strict
    /// Writes to documents that fail already are let through.
    case moderate
    case off
  }

  package var mode = Mode.apply
  package var connection: ConnectionChoice
  package var collections = StoredCollection.all.map(\.name)
  /// Drop the indexes that are not declared; in a check, they count as drift.
  package var prune = false
  /// Replace validators that another author wrote.
  package var replaceValidators = false
  /// What the user calls that, for messages.
  package var replaceValidatorsName = "replacing validators"
  /// Names of declared indexes to build again.
  package var rebuild: Set<String> = []
  /// Drop an index before its replacement is built, where the server does not have both at the same time.
  package var dropFirst = false
  /// What the user calls that, for messages.
  package var dropFirstName = "dropping first"
  /// Nil is moderate, or strict where it is so already.
  package var validation: Validation?

  package init(connection: ConnectionChoice) { self.connection = connection }

  /// Names of all declared indexes.
  package static let declaredIndexes = StoredCollection.all.flatMap { $0.indexes.map(\.name) }
}
