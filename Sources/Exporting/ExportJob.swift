import BSON
import FieldCrypto
import Findings
import Logging
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// A whole export. These are its stages and what passes between them:
///
/// cursor (`DocumentScan`) → `BSONDocument` as stored → `SealingWalk`, `Disclosure`: decrypted, without values that
/// must not be exported → `FieldSelection` → `DocumentEncoder` of one format → `EncodedBatch` → `ExportOutput`:
/// complete files.
///
/// The number of threads is fixed and the queues are bounded, so memory does not grow with the database.
package struct ExportJob: Job {
  private let options: ExportOptions
  private let began: @Sendable ([String]) -> Void

  /// - Parameter began: A function that is called with the classes that are exported in clear, before the export
  ///   starts.
  package init(_ options: ExportOptions, began: @escaping @Sendable ([String]) -> Void) {
    self.options = options
    self.began = began
  }

  package var notBegun: ExportSummary {
    ExportSummary(database: options.connection.database ?? "", format: options.format, disclosed: [])
  }

  package func perform(in frame: JobFrame<DocumentProgress>) throws -> ExportSummary {
    let purpose = "\(options.decryptionName) needs a key file"
    let keys = options.decrypts ? try options.keyFile.load(for: purpose, frame.cancellation) : nil
    let context = try frame.open(options.connection, as: .export, keys, reads: .asPreferred)
    try context.session.requireDatabase()
    let database = context.session.database
    let (disclosure, decryption, form) = try disclosure(context)
    var options = options
    options.form = form
    let owner = try owner(context)
    let queries = try options.written.map { (name: $0, queries: try options.queries($0, of: owner, context.session)) }
    for finding in options.output.map(ExportLeftovers.findings) ?? [] { context.findings.add(finding) }
    let output = try ExportOutput(options, database: database, context.cancellation)
    began(disclosure.disclosed)
    var summary = ExportSummary(database: database, format: options.format, disclosed: disclosure.disclosed)
    let pass = ExportPass(options, context, disclosure, decryption)
    for (name, queries) in queries where !context.cancellation.isRequested {
      let done = pass.run(name, queries, to: output)
      summary.collections.append((name, done.counts))
      summary.owned += done.owned
      if options.format == .bson { describe(name, context, output) }
    }
    for filter in options.selection.withoutLocalStart(of: owner, in: form) where !context.cancellation.isRequested {
      summary.withoutLocalStart += try context.session.retrying("counting activities") {
        try context.session.client().collection(Collections.activities, in: database).count(filter)
      }
    }
    if !context.cancellation.isRequested { finish(output, summary, context.findings) }
    if output.isGivenUp { summary.giveUp() }
    summary.files = output.isGivenUp ? [] : output.files
    return summary
  }

  private func disclosure(
    _ context: JobContext<DocumentProgress>
  ) throws -> (Disclosure, ExportWorker.Decryption?, StoreForm) {
    let (session, findings) = (context.session, context.findings)
    let dropped = options.dropped.reduce(into: SensitivityClasses()) { $0.insert(SensitivityClasses($1)) }
    guard let keys = context.keys else {
      let stated = try StatedSettings.read(session)
      let policy = stated?.policy ?? .standard
      let sealed: Disclosure.Sealed = options.keepsSealed ? .keep : .omit
      return (
        Disclosure(sealed: sealed, policy: policy.classes, dropped: dropped), nil, stated?.form ?? .specification
      )
    }
    // Decryption needs no policy, so it also works in a database without settings.
    let settings = try SealingSettings.read(session, keys)?.checkedForReading(keys) ?? SealingSettings(.standard, keys)
    let decryption = ExportWorker.Decryption(
      users: UserLookUp(session),
      sealing: SealingSession(session, keys, settings, damaged: .skip { findings.add($0) }))
    return (
      Disclosure(sealed: .decrypt, policy: settings.policy.classes, dropped: dropped), decryption,
      settings.form ?? .specification
    )
  }

  /// Returns the selected owner; nil if none is selected.
  private func owner(_ context: JobContext<DocumentProgress>) throws -> ExportOwner? {
    let users = UserLookUp(context.session)
    guard let athlete = options.selection.athlete else {
      guard let user = options.selection.user else { return nil }
      return ExportOwner(user: user, athlete: try users.athletes(of: [user])[user] ?? nil, isAthlete: false)
    }
    let found = try users.users(of: [athlete])
    if found[athlete] == nil {
      let database = context.session.database
      context.log.warning("\(database) has no user with Strava id \(athlete): only documents that name it are exported")
    }
    return ExportOwner(
      user: found[athlete]?.id ?? .deterministic(Collections.users, athlete), athlete: athlete, isAthlete: true)
  }

  /// Writes the collection's metadata into the folder with its documents.
  private func describe(_ name: String, _ context: JobContext<DocumentProgress>, _ output: ExportOutput) {
    guard !context.cancellation.isRequested else { return }
    do {
      let metadata = try CollectionMetadata(
        name, context.session, keepsValidator: !options.decrypts && options.fields.isEverything)
      try output.add(metadata.text, as: options.metadataName(name, database: context.session.database))
    } catch {
      context.findings.fail(StoreFailure(error).message)
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
