import Sealing
import StoreAccess

/// What a migration is asked to do.
package struct MigrationOptions: Sendable {
  package enum Task: String, Sendable {
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
  package static let everyCollection = [Collections.users, Collections.activities, Collections.insights]

  package var task = Task.seal
  package var connection: ConnectionChoice
  package var keyFile: KeyFileChoice
  package var collections = Self.everyCollection
  /// Documents read, written and read back at a time.
  package var batchSize = 500
  /// Documents written in a second at most; nil is as fast as it goes.
  package var maxRate: Int?
  /// A policy wider than the database's, which becomes the database's first.
  package var seal: SealingPolicy?

  package init(connection: ConnectionChoice, keyFile: KeyFileChoice) {
    self.connection = connection
    self.keyFile = keyFile
  }
}

/// What a migration did.
package struct MigrationSummary: JobSummary {
  package var database: String
  package var task: MigrationOptions.Task
  /// The sealed classes.
  package var classes: [String]
  package var collections: [(name: String, counts: MigrationCounts)] = []
  package var ending = JobEnding()

  package var left: Int { collections.reduce(0) { $0 + $1.counts.left } }
}
