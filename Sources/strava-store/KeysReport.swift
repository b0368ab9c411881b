import Findings
import Foundation
import Reporting
import Sealing
import StoreAccess
import Upkeep

/// The summary of a task of `keys`, for people and for programs.
struct KeysReport: SummaryReport {
  private let summary: KeysSummary

  init(_ summary: KeysSummary) { self.summary = summary }

  var exitCode: Int32 { summary.exitCode }

  func text(isQuiet _: Bool) -> String {
    var lines: [String] = []
    if let state = summary.state { lines += text(state) }
    if !summary.collections.isEmpty {
      var table = CountTable(columns: ["read", "resealed", "unchanged", "left", "gone", "unfinished", "retried"])
      for (name, counts) in summary.collections {
        table.add(
          name,
          [
            counts.read, counts.changed, counts.unchanged, counts.left, counts.gone, counts.unfinished, counts.retried,
          ])
      }
      lines.append(table.render())
    }
    if let failure = summary.failure { lines.append("error: \(failure)") }
    if summary.stopped?.isSignal == true {
      lines.append("interrupted: \(actions); run the command again to finish")
    } else if summary.failure == nil {
      lines.append("\(verdict) · \(duration(summary.elapsed))")
    } else if summary.actions.contains(where: { $0.value > 0 }) {
      lines.append("completed before the error: \(actions)")
    }
    return lines.joined(separator: "\n")
  }

  private func text(_ state: KeysSummary.State) -> [String] {
    let none = state.dataKeys.total > 0 ? "the sealing settings (store_settings) are missing" : "nothing is sealed yet"
    let classes = state.classes.isEmpty ? none : "sealed classes: \(state.classes.joined(separator: ", "))"
    let lock = state.hasPassphrase ? " · key file encrypted with a passphrase" : ""
    var lines = ["keys of \(summary.database) · \(classes) · index key \(state.indexKey)\(lock)"]
    for master in state.masters {
      var parts = ["master \(master.id) \(name(master.state))"]
      if let made = master.madeAt { parts.append("created \(date(made))") }
      parts.append("encrypts \(counted(master.dataKeys, "data key"))")
      if let time = master.droppableAt { parts.append("can be removed after \(date(time))") }
      lines.append(parts.joined(separator: " · "))
    }
    let keys = state.dataKeys
    var parts = ["\(counted(keys.total, "data key")) of \(counted(keys.athletes, "athlete"))"]
    if keys.retired > 0 {
      parts.append("\(grouped(keys.retired)) retired, of which `keys purge` can delete \(grouped(keys.due))")
    }
    if keys.superseded > 0 {
      parts.append("\(grouped(keys.superseded)) from an unfinished rotation: run `keys rotate-data` again")
    }
    if keys.unreadable > 0 { parts.append("\(grouped(keys.unreadable)) cannot be decrypted") }
    return lines + [parts.joined(separator: " · ")]
  }

  private func name(_ state: KeysSummary.Master.State) -> String {
    switch state {
    case .active: "active"
    case .previous: "previous"
    case .next: "not yet active: run `keys rotate-master` again"
    case .missing: "not in the key file"
    }
  }

  private func date(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
  }

  private var verdict: String {
    if summary.errors > 0 { return "failed; see the \(counted(summary.errors, "finding")) above" }
    switch summary.task {
    case .status: return "every data key can be decrypted"
    case .verify: return "verified: every data key and every sealed value can be decrypted"
    default: return actions
    }
  }

  private var actions: String {
    let parts = summary.actions.filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.key.participle) \(counted($0.value, $0.key.noun))" }
    return parts.isEmpty ? "nothing was changed" : parts.joined(separator: " · ")
  }

  func printJSON(_ console: Console) throws { try StandardOutput.print(summary: Object(summary, date), console) }

  private struct Object: Encodable {
    struct Master: Encodable {
      let id: String
      let state: KeysSummary.Master.State
      let made: String?
      let droppable: String?
      let dataKeys: Int

      enum CodingKeys: String, CodingKey {
        case id, state, made, droppable
        case dataKeys = "data_keys"
      }
    }

    let command = "keys"
    let task: String
    let database: String
    /// These members are missing if the task was stopped.
    let classes: [String]?
    let indexKey: String?
    let hasPassphrase: Bool?
    let masters: [Master]?
    let dataKeys: KeysSummary.DataKeys?
    let done: [String: Int]
    let collections: [String: MigrationCounts]
    let findings: [String: Int]
    let failure: String?
    let stopped: String?
    let seconds: Double
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, task, database, classes, masters, done, collections, findings, failure, stopped, seconds
      case indexKey = "index_key"
      case hasPassphrase = "passphrase"
      case dataKeys = "data_keys"
      case exitCode = "exit_code"
    }

    init(_ summary: KeysSummary, _ date: (Int64) -> String) {
      task = summary.task.name
      database = summary.database
      let state = summary.state
      classes = state?.classes
      indexKey = state?.indexKey
      hasPassphrase = state?.hasPassphrase
      masters = state?.masters.map {
        Master(
          id: $0.id, state: $0.state, made: $0.madeAt.map(date), droppable: $0.droppableAt.map(date),
          dataKeys: $0.dataKeys)
      }
      dataKeys = state?.dataKeys
      done = Dictionary(uniqueKeysWithValues: summary.actions.map { ($0.key.rawValue, $0.value) })
      collections = Dictionary(uniqueKeysWithValues: summary.collections.map { ($0.name, $0.counts) })
      findings = Dictionary(uniqueKeysWithValues: summary.findings.map { ($0.key.rawValue, $0.value) })
      failure = summary.failure
      stopped = summary.stopped?.name
      seconds = summary.elapsed
      exitCode = summary.exitCode
    }
  }
}

extension KeysSummary.Action {
  /// Returns what was done, as in "created 1 master key".
  fileprivate var participle: String {
    switch self {
    case .mastersMade, .keysMade: "created"
    case .mastersDropped: "removed"
    case .rewrapped: "re-encrypted"
    case .keysRetired: "retired"
    case .keysDeleted: "deleted"
    }
  }

  fileprivate var noun: String {
    switch self {
    case .mastersMade, .mastersDropped: "master key"
    case .rewrapped, .keysMade, .keysRetired, .keysDeleted: "data key"
    }
  }
}
