import Findings
import Sealing
import StoreAccess

/// What a check of stored documents is asked to do.
package struct StoredCheckOptions: Sendable {
  /// Every collection that has a declared form.
  static let collections = [Collections.dataKeys, Collections.users, Collections.activities, Collections.insights]

  package var connection: ConnectionChoice
  /// Opens what is sealed; where it names none, sealed values are checked for their shape only.
  package var keyFile = KeyFileChoice(path: nil)
  /// What findings weigh: an error makes its document an invalid one.
  package var rules = RuleSettings.standard

  package init(connection: ConnectionChoice) { self.connection = connection }
}

/// What became of the documents of one collection. Every document read is in exactly one of the other counts.
package struct StoredCheckCounts: Sendable, Encodable, Equatable {
  package var read = 0
  package var valid = 0
  /// Those with an error.
  package var invalid = 0
  /// Read, and not checked: the check was stopped.
  package var unfinished = 0

  package init() {}

  static func += (a: inout StoredCheckCounts, b: StoredCheckCounts) {
    a.read += b.read
    a.valid += b.valid
    a.invalid += b.invalid
    a.unfinished += b.unfinished
  }
}

/// What a check of stored documents came to.
package struct StoredCheckSummary: JobSummary {
  package var database: String
  /// Sealed values were opened and checked.
  package var opens: Bool
  package var collections: [(name: String, counts: StoredCheckCounts)] = []
  package var ending = JobEnding()

  init(database: String, opens: Bool) {
    self.database = database
    self.opens = opens
  }

  package var total: StoredCheckCounts { collections.reduce(into: StoredCheckCounts()) { $0 += $1.counts } }
}
