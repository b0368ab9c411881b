import BSON
import FieldCrypto
import Sealing
import StoreAccess

/// Manages the keys of a database (`keys`). The job keeps no state of its own: a task that was stopped at any point
/// continues when it is run again.
package struct KeysJob: Job {
  private let task: KeysTask
  private let connection: ConnectionChoice
  private let keyFile: KeyFileChoice

  package init(_ task: KeysTask, _ connection: ConnectionChoice, _ keyFile: KeyFileChoice) {
    self.task = task
    self.connection = connection
    self.keyFile = keyFile
  }

  package var notBegun: KeysSummary { KeysSummary(task, database: connection.database ?? "") }

  package func perform(in frame: JobFrame<DocumentProgress>) throws -> KeysSummary {
    let keys = try keyFile.load(for: "keys \(task.name) needs the key file", frame.cancellation)
    let context = try frame.open(connection, as: task.role, keys)
    let (session, findings) = (context.session, context.findings)
    if task == .status { try session.requireDatabase() }
    let tools = KeysTools(context, keys)
    let settings = try settings(session, keys)
    var summary = KeysSummary(task, database: session.database)
    do {
      if let settings { try perform(settings, tools, &summary) }
      if findings.failure == nil { summary.state = try state(tools) }
      if settings?.hasBadGeneration == true { findings.fail(StoreFailure.badGeneration.message) }
      if settings == nil, summary.state?.dataKeys.total ?? 0 > 0 {
        findings.fail(StoreFailure(lostSettingsOf: session.database).message)
      }
    } catch is KeysTools.Interrupted {
      // The summary contains the steps that were completed before.
    } catch {
      findings.fail(unlessStopped: error)
    }
    return summary
  }

  /// - Returns: Nil if nothing was ever sealed, which only `status` accepts as a result.
  private func settings(_ session: StoreSession, _ keys: KeyRing) throws -> SealingSettings? {
    if task == .status { return try SealingSettings.read(session, keys) }
    guard let settings = try SealingSettings.stored(session, keys, wanted: nil) else {
      throw StoreFailure("\(session.database) has no sealing settings (store_settings), so nothing in it is sealed")
    }
    return settings
  }

  private func perform(_ settings: SealingSettings, _ tools: KeysTools, _ summary: inout KeysSummary) throws {
    switch task {
    case .status: break
    case .verify: try tools.pass(.decrypt, &summary)
    case .rotateMaster: try MasterRotation(tools: tools).rotate(settings, &summary)
    case .dropMaster(let id): try MasterRotation(tools: tools).drop(id, settings, &summary)
    case .rotateData(let athletes): try DataRotation(tools: tools).rotate(athletes, settings, &summary)
    case .purge: try KeyDeletion(tools: tools).purge(&summary)
    case .destroy(let athlete): try KeyDeletion(tools: tools).destroy(athlete, &summary)
    }
  }

  /// Returns the present state of the keys; a data key that cannot be decrypted is a finding.
  private func state(_ tools: KeysTools) throws -> KeysSummary.State {
    let settings = try SealingSettings.read(tools.session, tools.keys)
    let census = try KeyCensus.take(tools, reports: true)
    let file = tools.keys.file
    let rotations = file.rotationTimes
    let known = Set(file.masterIDs).union(census.byMaster.keys).union(settings.map { [$0.activeMaster] } ?? [])
    let active = settings?.activeMaster ?? file.active
    return KeysSummary.State(
      classes: settings?.policy.names ?? [], indexKey: "\(tools.keys.indexKey.id)", hasPassphrase: file.hasPassphrase,
      masters: known.map { master(file, $0, active, rotations[$0], settings, census) }.sorted {
        ($0.madeAt ?? 0, $0.id) < ($1.madeAt ?? 0, $1.id)
      },
      dataKeys: try census.counts(at: tools.session.serverNow()))
  }

  private func master(
    _ file: KeyFile, _ id: KeyID, _ active: KeyID, _ rotation: Int64?, _ settings: SealingSettings?, _ census: KeyCensus
  ) -> KeysSummary.Master {
    var state = KeysSummary.Master.State.previous
    if !file.contains(id) {
      state = .missing
    } else if id == active {
      state = .active
    } else if id == file.active {
      state = .next
    }
    let rotated = [rotation, settings?.activeSince?.milliseconds].compactMap(\.self).max()
    return KeysSummary.Master(
      id: "\(id)", state: state, madeAt: id.madeAt,
      droppableAt: state == .previous && rotation != nil ? rotated.map { $0 + KeyCensus.rest } : nil,
      dataKeys: census.byMaster[id] ?? 0)
  }
}
