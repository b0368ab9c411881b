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
package struct StoredCheckSummary: Sendable {
  package var database: String
  /// Sealed values were opened and checked.
  package var opens: Bool
  package var collections: [(name: String, counts: StoredCheckCounts)] = []
  /// By what they weigh, and by rule.
  package var weighed: [Severity: [Rule: Int]] = [:]
  package var failure: String?
  package var stopped: Cancellation.Reason?
  /// Seconds.
  package var elapsed = 0.0

  init(database: String, opens: Bool) {
    self.database = database
    self.opens = opens
  }

  package var total: StoredCheckCounts { collections.reduce(into: StoredCheckCounts()) { $0 += $1.counts } }

  /// Of a check that could not begin.
  package init(notBegun options: StoredCheckOptions, _ failure: StoreFailure) {
    self.init(database: options.connection.database ?? "", opens: false)
    (stopped, self.failure) = failure.ending
  }
}
