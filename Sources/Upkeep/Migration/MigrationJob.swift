import BSON
import FieldCrypto
import Findings
import Logging
import Sealing
import StoreAccess

/// Brings a database's values to the sealed form, or back, in place, while others write to it (`encrypt-migrate`).
///
/// It keeps no state of its own: what is as wanted needs nothing, so that a pass can be stopped anywhere and run again.
package struct MigrationJob: Sendable {
  private let options: MigrationOptions
  private let cancellation: Cancellation
  private let progress: DocumentProgress
  private let log: Logger
  private let show: @Sendable (Finding) -> Void

  /// - Parameter show: called with each finding, one at a time.
  package init(
    _ options: MigrationOptions, cancellation: Cancellation, progress: DocumentProgress, log: Logger,
    show: @escaping @Sendable (Finding) -> Void
  ) {
    self.options = options
    self.cancellation = cancellation
    self.progress = progress
    self.log = log
    self.show = show
  }

  /// - Throws: `StoreFailure` where it cannot begin; what goes wrong later is in the summary.
  package func run() throws -> MigrationSummary {
    let began = Clock.monotonic
    do {
      let keys = try options.keyFile.load(for: "encrypt-migrate needs a key file")
      let session = try options.connection.open(as: role, cancellation, log)
      let findings = FindingLog(cancellation: cancellation, show: show)
      let sealing = SealingSession(
        session, keys, try settings(session, keys), damaged: .skip { findings.add($0) })
      var summary = MigrationSummary(
        database: session.database, task: options.task, classes: sealing.policy.names)
      let pace = CollectionPass.Pace(batchSize: options.batchSize, maxRate: options.maxRate)
      for name in options.collections where !cancellation.isRequested {
        let pass = CollectionPass(
          DocumentLookUp(name, session, sealing), work, pace: pace, under: options.task == .seal ? nil : options.seal,
          progress: progress, log: findings)
        summary.collections.append((name, pass.run()))
      }
      summary.findings = findings.findings
      summary.failure = findings.failure
      summary.stopped = cancellation.reason
      summary.elapsed = Clock.monotonic - began
      return summary
    } catch {
      guard cancellation.isSignal else { throw StoreFailure(error) }
      var summary = MigrationSummary(notBegun: options, StoreFailure(error))
      (summary.stopped, summary.failure) = (cancellation.reason, nil)
      return summary
    }
  }

  private var role: AccessRole {
    options.task == .verify || options.task == .dryRun ? .encryptMigrateVerify : .encryptMigrate
  }

  private var work: CollectionPass.Work {
    switch options.task {
    case .seal: .rewrite(.seal)
    case .dryRun: .count
    case .verify: .verify
    case .decrypt: .rewrite(.open)
    }
  }

  /// The policy goes before the documents: what importers write from now on is sealed by it, and a pass finds the rest.
  /// Whatever ends the run is to be seen before that.
  private func settings(_ session: StoreSession, _ keys: KeyRing) throws -> SealingSettings {
    let stored = try SealingSettings.stored(session, keys, wanted: nil)
    if let wanted = options.seal { try stored?.checkWidening(to: wanted) }
    switch options.task {
    case .seal:
      try UniqueIndexes.ensure(session)
      return try options.seal.map { try SealingSettings.widen(session, keys, to: $0) }
        ?? SealingSettings.ensure(session, keys, wanted: nil)
    case .dryRun, .verify, .decrypt:
      if options.task == .decrypt, stored == nil {
        throw StoreFailure("\(session.database) has no sealing settings (store_settings): nothing in it is sealed")
      }
      let settings = stored ?? SealingSettings(.standard, keys)
      return options.seal.map { settings.with($0) } ?? settings
    }
  }
}
