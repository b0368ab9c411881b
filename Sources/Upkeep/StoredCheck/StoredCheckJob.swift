import BSON
import FieldCrypto
import Findings
import Logging
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// Checks the documents of a database against the schema (`validate --db`). It writes nothing.
///
/// cursor (`DocumentScan`), owners and data keys (`DocumentLookUp`) → `DocumentCheck` → findings and counts.
package struct StoredCheckJob: Job {
  private let options: StoredCheckOptions
  private let begin: @Sendable (String) -> Void

  /// - Parameter begin: A function that is called with each collection's name before its findings, which have the order
  ///   of the documents.
  package init(_ options: StoredCheckOptions, begin: @escaping @Sendable (String) -> Void) {
    self.options = options
    self.begin = begin
  }

  package var notBegun: StoredCheckSummary {
    StoredCheckSummary(database: options.connection.database ?? "", decrypts: false)
  }

  package func perform(in frame: JobFrame<DocumentProgress>) throws -> StoredCheckSummary {
    let isKeyed = options.keyFile.isMade
    let keys = isKeyed ? try options.keyFile.load(for: "decrypting sealed values", frame.cancellation) : nil
    let context = try frame.open(options.connection, as: .validate, keys, reads: .asPreferred)
    let session = context.session
    let policy: SealingPolicy
    let form: StoreForm?
    let sealing: SealingSession?
    if let keys {
      let settings =
        try SealingSettings.current(session, keys)?.checkedForReading(keys) ?? SealingSettings(.standard, keys)
      (policy, form) = (settings.policy, settings.form)
      sealing = SealingSession(session, keys, settings, damaged: .skip { _ in })
    } else {
      let stated = try StatedSettings.read(session)
      (policy, form) = (stated?.policy ?? .standard, stated?.form)
      sealing = nil
    }
    let pass = StoredCheckPass(context, policy, sealing, options.rules)
    var summary = StoredCheckSummary(database: session.database, decrypts: sealing != nil)
    for collection in StoredCheckOptions.collections.compactMap({
      StoredCollection.named($0, in: form ?? .specification)
    })
    where !context.cancellation.isRequested {
      begin(collection.name)
      summary.collections.append((collection.name, pass.run(collection)))
    }
    if summary.total.read == 0, !context.cancellation.isRequested { reportEmpty(session, context.findings) }
    return summary
  }

  /// Reports an empty database. A misspelled database name also gives an empty database.
  private func reportEmpty(_ session: StoreSession, _ findings: FindingLog) {
    let names = StoredCheckOptions.collections.joined(separator: ", ")
    let finding = Finding(
      .nothingToRead, "database \(session.database) contains no documents in \(names); check its name")
    if let weighed = options.rules.weighed(finding) { findings.add(weighed) }
  }
}
