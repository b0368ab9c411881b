import BSON
import FieldCrypto
import Findings
import Logging
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// Holds the documents of a database against the schema (`validate --db`). It writes nothing.
///
/// cursor (`DocumentScan`), owners and data keys (`DocumentLookUp`) → `DocumentCheck` → findings and counts.
package struct StoredCheckJob: Sendable {
  private let options: StoredCheckOptions
  private let cancellation: Cancellation
  private let progress: DocumentProgress
  private let log: Logger
  private let begin: @Sendable (String) -> Void
  private let show: @Sendable (Finding) -> Void

  /// - Parameters:
  ///   - begin: called with each collection's name before its findings.
  ///   - show: called with each finding. Both are called one at a time, in the order of the documents.
  package init(
    _ options: StoredCheckOptions, cancellation: Cancellation, progress: DocumentProgress, log: Logger,
    begin: @escaping @Sendable (String) -> Void, show: @escaping @Sendable (Finding) -> Void
  ) {
    self.options = options
    self.cancellation = cancellation
    self.progress = progress
    self.log = log
    self.begin = begin
    self.show = show
  }

  /// - Throws: `StoreFailure` where it cannot begin; what goes wrong later is in the summary.
  package func run() throws -> StoredCheckSummary {
    let began = Clock.monotonic
    do {
      let keys = options.keyFile.path == nil ? nil : try options.keyFile.load(for: "opening sealed values")
      let session = try options.connection.open(as: .validate, cancellation, log, reads: .asPreferred)
      let policy: SealingPolicy
      let sealing: SealingSession?
      if let keys {
        let settings = try SealingSettings.stored(session, keys, wanted: nil) ?? SealingSettings(.standard, keys)
        policy = settings.policy
        sealing = SealingSession(session, keys, settings, damaged: .skip { _ in })
      } else {
        policy = try SealingPolicy.unchecked(session) ?? .standard
        sealing = nil
      }
      let findings = FindingLog(cancellation: cancellation, show: show)
      let pass = StoredCheckPass(session, policy, sealing, options.rules, progress: progress, log: findings)
      var summary = StoredCheckSummary(database: session.database, opens: sealing != nil)
      for collection in StoredCheckOptions.collections.compactMap(StoredCollection.named)
      where !cancellation.isRequested {
        begin(collection.name)
        summary.collections.append((collection.name, pass.run(collection)))
      }
      if summary.total.read == 0, !cancellation.isRequested { tellEmpty(session, findings) }
      summary.weighed = findings.weighed
      summary.failure = findings.failure
      summary.stopped = cancellation.reason
      summary.elapsed = Clock.monotonic - began
      return summary
    } catch {
      throw StoreFailure(error)
    }
  }

  /// A database of another name is empty too.
  private func tellEmpty(_ session: StoreSession, _ findings: FindingLog) {
    let names = StoredCheckOptions.collections.joined(separator: ", ")
    let finding = Finding(.nothingToRead, "\(session.database) has no documents in \(names)")
    if let weighed = options.rules.weighed(finding) { findings.add(weighed) }
  }
}
