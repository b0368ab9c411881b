import Findings
import Sealing
import StoreAccess

/// The options of a check of stored documents.
package struct StoredCheckOptions: Sendable {
  /// The collections to check; every collection with a declared form is included by default.
  static let collections = [Collections.dataKeys, Collections.users, Collections.activities, Collections.insights]

  package var connection: ConnectionChoice
  /// The key file that decrypts sealed values. If none is named, only the form of sealed values is checked.
  package var keyFile = KeyFileChoice.none
  /// The severities of findings. An error makes its document invalid.
  package var rules = RuleSettings.standard

  package init(connection: ConnectionChoice) { self.connection = connection }
}

/// The counts for the documents of one collection. Every document read is in exactly one of the other counts.
package struct StoredCheckCounts: Sendable, Encodable, Equatable {
  package var read = 0
  package var valid = 0
  /// Documents with an error.
  package var invalid = 0
  /// Documents that were read and not checked, because the check was stopped.
  package var unfinished = 0

  package init() {}

  static func += (a: inout StoredCheckCounts, b: StoredCheckCounts) {
    a.read += b.read
    a.valid += b.valid
    a.invalid += b.invalid
    a.unfinished += b.unfinished
  }
}

/// The result of a check of stored documents.
package struct StoredCheckSummary: JobSummary {
  package var database: String
  /// True if sealed values were decrypted and checked.
  package var decrypts: Bool
  package var collections: [(name: String, counts: StoredCheckCounts)] = []
  package var ending = JobEnding()

  init(database: String, decrypts: Bool) {
    self.database = database
    self.decrypts = decrypts
  }

  package var total: StoredCheckCounts { collections.reduce(into: StoredCheckCounts()) { $0 += $1.counts } }
}
