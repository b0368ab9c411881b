import BSON
import FieldCrypto
import Findings
import Sealing
import StoreAccess
import StravaRecords

/// Records that a database has the platform's form, and adds the fields of that form that its activities lack
/// (`encrypt-migrate --adopt`). Nothing else is changed, so the platform's backend keeps working during the job and
/// afterwards.
package struct AdoptionJob: Job {
  private let options: MigrationOptions

  package init(_ options: MigrationOptions) { self.options = options }

  package var notBegun: MigrationSummary {
    MigrationSummary(database: options.connection.database ?? "", task: options.task, classes: [])
  }

  package func perform(in frame: JobFrame<DocumentProgress>) throws -> MigrationSummary {
    let keys = try options.keyFile.load(for: "encrypt-migrate needs a key file", frame.cancellation)
    let writes = options.task == .adopt
    let context = try frame.open(options.connection, as: writes ? .encryptMigrate : .encryptMigrateVerify, keys)
    let session = context.session
    let stored = try SealingSettings.stored(session, keys, wanted: nil)
    if stored?.form == .specification {
      throw StoreFailure(
        "\(session.database) is recorded in the specification's form, so it cannot be adopted; import the platform's "
          + "records into it, or adopt another database")
    }
    // The form comes first: importers and `index` keep to it from then on, and a pass finds the documents before.
    let settings = writes ? try SealingSettings.record(.platform, session, keys) : stored
    var summary = MigrationSummary(
      database: session.database, task: options.task, classes: (settings?.policy ?? .standard).names)
    if options.task == .adoptVerify, settings?.form != .platform {
      context.findings.add(Finding(.notAdopted, "the database records no form; run `\(Remedy.adoption)`"))
    }
    let users = UserLookUp(session)
    let pass = AdoptionPass(Collections.activities, context, options) { documents in
      let owners = try users.athletes(of: Set(documents.compactMap { $0["user_id"]?.objectID }))
      return { AdoptedFields($0, owners: owners) }
    }
    summary.collections.append((Collections.activities, pass.run()))
    guard writes, !context.cancellation.isRequested else { return summary }
    for finding in try UniqueIndexes.ensuring(session, in: .platform) { context.findings.add(finding) }
    return summary
  }
}
