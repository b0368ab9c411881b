import StoreAccess
import StravaRecords

/// The options of `index`.
package struct IndexTask: Sendable {
  package enum Mode: String, Sendable {
    /// Changes the database to the declared state.
    case apply
    /// Shows the plan.
    case dryRun = "dry-run"
    /// Reports whether anything differs from the declared state.
    case check
  }

  package enum Validation: String, Sendable, CaseIterable {
    /// Every write is checked.
    case strict
    /// Writes to documents that already fail are allowed.
    case moderate
    /// Every write is allowed; the server logs those that fail.
    case warn
    case off

    /// The level of the server.
    var level: String { self == .warn ? Self.moderate.rawValue : rawValue }
    /// The action of the server.
    var action: String { self == .warn ? "warn" : "error" }
    /// True if the server refuses some writes.
    var refuses: Bool { self == .strict || self == .moderate }
  }

  package var mode = Mode.apply
  package var connection: ConnectionChoice
  package var collections = StoredCollection.all.map(\.name)
  /// Drop the indexes that are not declared. In a check, they count as differences.
  package var prune = false
  /// Replace validators that another author wrote.
  package var replaceValidators = false
  /// The name of that option, for messages.
  package var replaceValidatorsName = "replacing validators"
  /// The names of declared indexes to build again.
  package var rebuild: Set<String> = []
  /// Drop an index before its replacement is built, if the server cannot have both at the same time.
  package var dropFirst = false
  /// The name of that option, for messages.
  package var dropFirstName = "dropping first"
  /// The validation level; nil means moderate, or strict if it is already strict.
  package var validation: Validation?

  /// A function that asks whether to enforce validators that documents fail, and returns the answer.
  package var confirm: @Sendable (String) -> Bool = { _ in false }
  /// The name of the option that confirms, for messages.
  package var confirmName = "confirming"

  package init(connection: ConnectionChoice) { self.connection = connection }

  /// The names of all declared indexes.
  package static let declaredIndexes = StoreForm.allCases.flatMap { form in
    StoredCollection.all(in: form).flatMap { $0.indexes.map(\.name) }
  }
}
