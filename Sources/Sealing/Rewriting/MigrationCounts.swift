/// Counts for one collection. Every document read is in exactly one of changed, unchanged, left, gone and unfinished.
package struct MigrationCounts: Sendable, Encodable, Equatable {
  package var read = 0
  /// Written, read back, and as wanted; in a dry run, those that would be.
  package var changed = 0
  /// As wanted already.
  package var unchanged = 0
  /// Not as wanted, and left so: each has a finding.
  package var left = 0
  /// Documents that another process deleted during the run.
  package var gone = 0
  /// Read, and not settled: the work was stopped, or the store failed.
  package var unfinished = 0
  /// Documents that another process wrote between reading and reading back; they were read and processed again.
  package var retried = 0
  /// Values in clear, by place; array indexes are `*`. Those that were sealed, that would be, or that should be; none
  /// for a decryption.
  package var values: [String: Int] = [:]

  package init() {}
}
