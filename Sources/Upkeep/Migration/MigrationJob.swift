import BSON
import FieldCrypto
import Findings
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// Converts a database's values to the sealed form, or back, in place, while others write to it (`encrypt-migrate`).
///
/// The job keeps no state of its own. Values in the wanted form need no work, so a pass can be stopped at any point and
/// run again.
package struct MigrationJob: Job {
  private let options: MigrationOptions

  package init(_ options: MigrationOptions) { self.options = options }

  package var notBegun: MigrationSummary {
    MigrationSummary(
      database: options.connection.database ?? "", task: options.task, classes: options.seal?.names ?? [])
  }

  package func perform(in frame: JobFrame<DocumentProgress>) throws -> MigrationSummary {
    do {
      let keys = try options.keyFile.load(for: "encrypt-migrate needs a key file", frame.cancellation)
      let fernet = try options.fernetKeys.map { (path: String) throws -> FernetKeys in
        do {
          return try FernetKeys(path: path)
        } catch {
          throw StoreFailure("cannot use the file of Fernet keys: \(error)")
        }
      }
      return try migrate(frame.open(options.connection, as: role, keys), keys, fernet)
    } catch {
      // A stop that the user requested is not a failure.
      if frame.cancellation.isSignal { return notBegun }
      throw error
    }
  }

  private func migrate(
    _ context: JobContext<DocumentProgress>, _ keys: KeyRing, _ fernet: FernetKeys?
  ) throws -> MigrationSummary {
    let (session, findings) = (context.session, context.findings)
    var shared: [String: [SharedIDs]] = [:]
    let settings = try settings(session, keys, &shared)
    let sealing = SealingSession(session, keys, settings, damaged: .skip { findings.add($0) })
    var summary = MigrationSummary(database: session.database, task: options.task, classes: sealing.policy.names)
    let pace = CollectionPass.Pace(batchSize: options.batchSize, maxRate: options.maxRate)
    for name in options.collections where !context.cancellation.isRequested {
      let pass = CollectionPass(
        DocumentLookUp(name, session, sealing), work, pace: pace, under: options.task == .seal ? nil : options.seal,
        fernet: fernet, leaving: shared[name] ?? [], progress: context.progress, log: findings)
      summary.collections.append((name, pass.run()))
    }
    if options.task == .verify {
      summary.notRead = try session.collectionNames()?.filter { name in
        !options.collections.contains(name) && !Collections.own.contains(name) && !name.hasPrefix("system.")
      }
    }
    return summary
  }

  private var role: AccessRole {
    options.task == .verify || options.task == .dryRun ? .encryptMigrateVerify : .encryptMigrate
  }

  private var work: CollectionPass.Work {
    switch options.task {
    case .seal: .rewrite(.seal)
    case .dryRun: .count
    case .verify: .verify
    case .decrypt: .rewrite(.decrypt)
    case .adopt, .adoptDryRun, .adoptVerify, .finish, .finishDryRun: preconditionFailure("AdoptionJob adopts")
    }
  }

  /// - Throws: `StoreFailure` if a validator would refuse the documents that the wider policy makes. The policy cannot be
  ///   narrowed again, so this is checked before it is widened.
  private func refuseNarrowValidators(_ policy: SealingPolicy, _ form: StoreForm, _ session: StoreSession) throws {
    for name in options.collections {
      guard let collection = StoredCollection.named(name, in: form) else { continue }
      let description = try session.retrying("reading the validator of \(name)") {
        try session.client().collection(name, in: session.database).description()
      }
      guard let description, let validator = description.validator, description.validationLevel != "off",
        description.validationAction == "error"
      else { continue }
      let declared = try DeclaredState(collection, sealing: policy)
      guard validator.sorted != declared.validator.sorted, declared.isOwn(validator) else { continue }
      throw StoreFailure(
        "the validator of \(name) would refuse values that are sealed under the wider policy, so nothing was changed; turn "
          + "the validators off with `\(Remedy.validatorsOff)`, run this command again, then turn them on again with "
          + "`\(Remedy.validatorsOn)`")
    }
  }

  /// Writes the policy before the documents: importers seal new values by it from then on, and a pass finds the others.
  /// Everything that can end the run is checked before that.
  ///
  /// - Parameter shared: Gets the ids that several documents share.
  private func settings(
    _ session: StoreSession, _ keys: KeyRing, _ shared: inout [String: [SharedIDs]]
  ) throws -> SealingSettings {
    let stored = try SealingSettings.stored(session, keys, wanted: nil)
    if let wanted = options.seal { try stored?.checkWidening(to: wanted) }
    if options.task == .seal || options.task == .decrypt {
      try PlatformDocuments.refuseUnadopted(stored?.form, session)
    }
    if options.task == .seal, let wanted = options.seal, wanted != (stored?.policy ?? .standard) {
      try refuseNarrowValidators(wanted, stored?.form ?? .specification, session)
    }
    switch options.task {
    case .seal:
      shared = try UniqueIndexes.ensuringAllButShared(session, in: stored?.form ?? .specification)
      if let stored, stored.form == nil { _ = try SealingSettings.record(.specification, session, keys) }
      return try options.seal.map { try SealingSettings.widen(session, keys, to: $0) }
        ?? SealingSettings.ensure(session, keys, wanted: nil)
    default:
      if options.task == .decrypt, stored == nil {
        throw StoreFailure("\(session.database) has no sealing settings (store_settings), so nothing in it is sealed")
      }
      let settings = stored ?? SealingSettings(.standard, keys)
      return options.seal.map { settings.with($0) } ?? settings
    }
  }
}
