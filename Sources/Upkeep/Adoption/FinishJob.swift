import BSON
import FieldCrypto
import Findings
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// Brings an adopted database into the specification's form (`encrypt-migrate --adopt --finish`), once no program writes
/// the platform's form any more: `user_id` of activities and insights refers to the user document, and `strava_id` and
/// `activity_type`, which repeat other fields, are removed.
///
/// The form is recorded first, so that running importers write it from then on; documents that are still in the other
/// form are converted by this run or by another one.
package struct FinishJob: Job {
  private let options: MigrationOptions

  package init(_ options: MigrationOptions) { self.options = options }

  package var notBegun: MigrationSummary {
    MigrationSummary(database: options.connection.database ?? "", task: options.task, classes: [])
  }

  package func perform(in frame: JobFrame<DocumentProgress>) throws -> MigrationSummary {
    let keys = try options.keyFile.load(for: "encrypt-migrate needs a key file", frame.cancellation)
    let writes = options.task == .finish
    let context = try frame.open(options.connection, as: writes ? .encryptMigrate : .encryptMigrateVerify, keys)
    let session = context.session
    guard let stored = try SealingSettings.stored(session, keys, wanted: nil), stored.form != nil else {
      throw StoreFailure("\(session.database) records no form, so there is nothing to finish; see docs/adopting.md")
    }
    if try Self.hasUnadopted(session) {
      throw StoreFailure(
        "activities without athlete_id are in \(session.database): a program still writes the platform's form, or the "
          + "adoption is not complete, so nothing was changed; stop that program, run `\(Remedy.adoption)`, and run this "
          + "command again")
    }
    if writes, stored.form == .platform { _ = try SealingSettings.record(.specification, session, keys) }
    var summary = MigrationSummary(database: session.database, task: options.task, classes: stored.policy.names)
    let users = UserLookUp(session)
    let stubs = UserStubs(session, users)
    for name in [Collections.activities, Collections.insights] where !context.cancellation.isRequested {
      let pass = AdoptionPass(name, context, options) { documents in
        let athletes = Set(documents.compactMap { document in document.withView { FinishedFields.athlete(of: $0) } })
        if writes {
          let found = try stubs.users(of: athletes)
          return { FinishedFields($0, users: found.ids, refused: found.refused) }
        }
        // A dry run creates no users; those of unknown athletes would get these ids.
        let found = try users.users(of: athletes)
        let ids = Dictionary(
          uniqueKeysWithValues: athletes.map { ($0, found[$0]?.id ?? .deterministic(Collections.users, $0)) })
        return { FinishedFields($0, users: ids, refused: [:]) }
      }
      summary.collections.append((name, pass.run()))
    }
    if writes, !context.cancellation.isRequested, try Self.hasUnadopted(session) {
      context.findings.add(
        Finding(
          .notAdopted,
          "activities without athlete_id have arrived during the command: a program still writes the platform's form; stop "
            + "it, and run the command again", document: Collections.activities))
    }
    return summary
  }

  /// Returns true if an activity has no `athlete_id`, which every activity has that was imported or adopted.
  private static func hasUnadopted(_ session: StoreSession) throws -> Bool {
    // Null also matches a missing field, and an index on `athlete_id` finds both.
    let filter = BSONDocument { $0.append(name: "athlete_id", .null) }
    return try session.long("looking for activities without athlete_id") {
      try $0.collection(Collections.activities, in: session.database).findOne(filter) != nil
    }
  }
}
