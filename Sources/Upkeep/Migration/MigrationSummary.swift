import Sealing
import StoreAccess

/// The options of a migration.
package struct MigrationOptions: Sendable {
  package enum Task: String, Sendable {
    /// Seals values in clear that should be sealed.
    case seal
    /// Counts the values that would be sealed.
    case dryRun = "dry-run"
    /// Counts the values in clear that should be sealed, and decrypts all envelopes.
    case verify
    /// Replaces all sealed values with their values in clear.
    case decrypt
    /// Records the platform's form and adds the fields that its activities lack.
    case adopt
    /// Counts the fields that would be added.
    case adoptDryRun = "adopt-dry-run"
    /// Bring an adopted database into the specification's form.
    case finish = "adopt-finish"
    case finishDryRun = "adopt-finish-dry-run"
    /// Counts the fields that are missing.
    case adoptVerify = "adopt-verify"

    /// True for the tasks that look at the form of the documents and not at their sealed values.
    package var isAdoption: Bool { [.adopt, .adoptDryRun, .adoptVerify, .finish, .finishDryRun].contains(self) }
  }

  /// The collections that contain sealed values, in the order of the work.
  package static let everyCollection = [Collections.users, Collections.activities, Collections.insights]

  package var task = Task.seal
  package var connection: ConnectionChoice
  package var keyFile: KeyFileChoice
  package var collections = Self.everyCollection
  /// The number of documents that are read, written and read back at a time.
  package var batchSize = 500
  /// Maximum number of documents written per second; nil means no limit.
  package var maxRate: Int?
  /// A policy wider than the database's, which is stored in the database first.
  package var seal: SealingPolicy?
  /// The path of the file with the Fernet keys of the platform's backend; nil if its tokens stay as they are.
  package var fernetKeys: String?

  package init(connection: ConnectionChoice, keyFile: KeyFileChoice) {
    self.connection = connection
    self.keyFile = keyFile
  }
}

/// The result of a migration.
package struct MigrationSummary: JobSummary {
  package var database: String
  package var task: MigrationOptions.Task
  /// The sealed classes.
  package var classes: [String]
  package var collections: [(name: String, counts: MigrationCounts)] = []
  /// After a check, the other collections of the database, which were not read; nil if they are unknown.
  package var notRead: [String]?
  package var ending = JobEnding()

  package var left: Int { collections.reduce(0) { $0 + $1.counts.left } }
}
