import BSON
import FieldCrypto
import Findings
import Logging
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// An export from end to end. The stages and what goes between them:
///
/// cursor (`DocumentScan`) → `BSONDocument` as stored → `DocumentOpener`, `Disclosure`: opened, and without what must not
/// leave → `FieldSelection` → `DocumentEncoder` of one format → `EncodedBatch` → `ExportOutput`: files that are whole.
///
/// A fixed number of threads, bounded queues: memory does not grow with the database.
package struct ExportJob: Sendable {
  private let options: ExportOptions
  private let cancellation: Cancellation
  private let progress: DocumentProgress
  private let log: Logger
  private let show: @Sendable (Finding) -> Void

  /// - Parameter show: called with each finding, one at a time.
  package init(
    _ options: ExportOptions, cancellation: Cancellation, progress: DocumentProgress, log: Logger,
    show: @escaping @Sendable (Finding) -> Void
  ) {
    self.options = options
    self.cancellation = cancellation
    self.progress = progress
    self.log = log
    self.show = show
  }

  /// - Parameter began: called with the classes that leave the store in clear, before anything does.
  /// - Throws: `StoreFailure` where it cannot begin; what goes wrong later is in the summary.
  package func run(began: ([String]) -> Void) throws -> ExportSummary {
    let start = Clock.monotonic
    do {
      if let fault = options.fault { throw StoreFailure(fault) }
      let keys = options.decrypts ? try options.keyFile.load(for: "--decrypt needs a key file") : nil
      let session = try options.connection.open(as: .export, cancellation, log, reads: .asPreferred)
      let findings = FindingLog(cancellation: cancellation, show: show)
      let (disclosure, opening) = try disclosure(session, keys, findings)
      let output = try ExportOutput(options, database: session.database)
      began(disclosure.disclosed)
      var summary = ExportSummary(
        database: session.database, format: options.format, disclosed: disclosure.disclosed)
      let owner = try owner(session)
      let pass = ExportPass(options, session, disclosure, opening, progress: progress, log: findings)
      for name in options.written where !cancellation.isRequested {
        summary.collections.append((name, pass.run(name, owner: owner, to: output)))
        if options.format == .bson { describe(name, session, output, findings) }
      }
      if !cancellation.isRequested { finish(output, summary, findings) }
      if output.isGivenUp { summary.giveUp() }
      summary.files = output.isGivenUp ? [] : output.files
      summary.findings = findings.findings
      summary.failure = findings.failure
      summary.stopped = cancellation.reason
      summary.elapsed = Clock.monotonic - start
      return summary
    } catch {
      throw StoreFailure(error)
    }
  }

  private func disclosure(
    _ session: StoreSession, _ keys: KeyRing?, _ findings: FindingLog
  ) throws -> (Disclosure, ExportWorker.Opening?) {
    let dropped = options.dropped.reduce(into: SensitivityClasses()) { $0.insert(SensitivityClasses($1)) }
    guard let keys else {
      let policy = try SealingPolicy.unchecked(session) ?? .standard
      let sealed: Disclosure.Sealed = options.keepsSealed ? .keep : .omit
      return (Disclosure(sealed: sealed, policy: policy.classes, dropped: dropped), nil)
    }
    // Without settings the way out stays open: opening asks for no policy.
    let settings = try SealingSettings.read(session, keys)?.checked(keys, nil) ?? SealingSettings(.standard, keys)
    let opening = ExportWorker.Opening(
      users: UserLookUp(session),
      sealing: SealingSession(session, keys, settings, damaged: .skip { findings.add($0) }))
    return (Disclosure(sealed: .open, policy: settings.policy.classes, dropped: dropped), opening)
  }

  /// `_id` of the user that is asked for.
  ///
  /// - Returns: nil where none is asked for; an id that nobody has where the athlete has no user.
  private func owner(_ session: StoreSession) throws -> ObjectID? {
    guard let athlete = options.selection.athlete else { return options.selection.user }
    let users = try UserLookUp(session).users(of: [athlete])
    guard let id = users[athlete]?.id else {
      log.warning("\(session.database) has no user with Strava id \(athlete): there is nothing to export")
      return .deterministic(Collections.users, athlete)
    }
    return id
  }

  /// Puts what makes the collection again beside its documents.
  private func describe(_ name: String, _ session: StoreSession, _ output: ExportOutput, _ findings: FindingLog) {
    guard !cancellation.isRequested else { return }
    do {
      let metadata = try CollectionMetadata(
        name, session, keepsValidator: !options.decrypts && options.fields.isEverything)
      try output.add(metadata.text, as: options.metadataName(name, database: session.database))
    } catch {
      findings.fail(StoreFailure(error).message)
    }
  }

  private func finish(_ output: ExportOutput, _ summary: ExportSummary, _ findings: FindingLog) {
    do {
      try output.finish { files in
        options.selection.athlete.map { DataReport(athlete: $0, options, summary, files).text }
      }
    } catch {
      findings.fail(StoreFailure(error).message)
    }
  }
}
