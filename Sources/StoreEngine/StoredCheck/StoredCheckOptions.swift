import SourceText

/// What a check of stored documents is asked to do.
public struct StoredCheckOptions: Sendable {
  /// Every collection that has a declared form.
  static let collections = [Collections.dataKeys, Collections.users, Collections.activities, Collections.insights]

  public var connection: ConnectionChoice
  /// Opens what is sealed; where it names none, sealed values are checked for their shape only.
  public var keyFile = KeyFileChoice(path: nil)
  /// What findings weigh: an error makes its document an invalid one.
  public var rules = RuleSettings.standard

  public init(connection: ConnectionChoice) { self.connection = connection }
}

/// What became of the documents of one collection. Every document read is in exactly one of the other counts.
public struct StoredCheckCounts: Sendable, Encodable, Equatable {
  public var read = 0
  public var valid = 0
  /// Those with an error.
  public var invalid = 0
  /// Read, and not checked: the check was stopped.
  public var unfinished = 0

  public init() {}

  static func += (a: inout StoredCheckCounts, b: StoredCheckCounts) {
    a.read += b.read
    a.valid += b.valid
    a.invalid += b.invalid
    a.unfinished += b.unfinished
  }
}

/// What a check of stored documents came to.
public struct StoredCheckSummary: Sendable {
  public var database: String
  /// Sealed values were opened and checked.
  public var opens: Bool
  public var collections: [(name: String, counts: StoredCheckCounts)] = []
  /// By what they weigh, and by rule.
  public var weighed: [Severity: [Rule: Int]] = [:]
  public var failure: String?
  public var stopped: Interruption.Reason?
  /// Seconds.
  public var elapsed = 0.0

  init(database: String, opens: Bool) {
    self.database = database
    self.opens = opens
  }

  public var total: StoredCheckCounts { collections.reduce(into: StoredCheckCounts()) { $0 += $1.counts } }

  /// Of a check that could not begin.
  public init(notBegun options: StoredCheckOptions, _ failure: StoreFailure) {
    self.init(database: options.connection.database ?? "", opens: false)
    (stopped, self.failure) = failure.ending
  }
}
