/// Counts for one collection. Every document read is in exactly one of changed, unchanged, left, gone and unfinished.
package struct MigrationCounts: Sendable, Encodable, Equatable {
  package var read = 0
  /// Documents that were written and read back in the wanted form, or would be in a dry run.
  package var changed = 0
  /// Documents that already had the wanted form.
  package var unchanged = 0
  /// Documents that do not have the wanted form and were left unchanged. Each has a finding.
  package var left = 0
  /// Documents that another process deleted during the run.
  package var gone = 0
  /// Documents that were read but not completed, because the work was stopped or the store failed.
  package var unfinished = 0
  /// Documents that another process wrote before they were read back. They were read and processed again.
  package var retried = 0
  /// The numbers of values in clear by path, with array indexes as `*`: those that were sealed, would be sealed, or
  /// should be sealed. It is empty for a decryption.
  package var values: [String: Int] = [:]

  package init() {}
}
