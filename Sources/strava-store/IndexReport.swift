import Findings
import Foundation
import Reporting
import StoreAccess
import Upkeep

/// The plan and the summary of `index`, for people and for programs.
struct IndexReport: SummaryReport {
  private let summary: IndexSummary

  init(_ summary: IndexSummary) { self.summary = summary }

  var exitCode: Int32 { summary.exitCode }

  /// Returns one or more lines for an event during the work.
  static func line(_ event: IndexJob.Event) -> String? {
    switch event {
    case .planned(let plan, let database, let classes, let isStated):
      let source = isStated ? "from store_settings, not verified without a key file" : "the default"
      return "plan for \(database.visible) · sealed classes: \(classes.joined(separator: ", ")) (\(source))\n"
        + table(plan)
    case .finished(let steps, let seconds):
      let names = steps.map { "\($0.verdict.rawValue) \(name($0))" }.joined(separator: ", ")
      return "done: \(steps[0].collection): \(names) · \(duration(seconds))"
    }
  }

  private static func table(_ plan: IndexPlan) -> String {
    let width = plan.steps.map { name($0).count }.max() ?? 0
    var lines: [String] = []
    var collection = ""
    for step in plan.steps {
      if step.collection != collection { lines.append(step.collection) }
      collection = step.collection
      let verdict = step.verdict.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
      let space = String(repeating: " ", count: width - name(step).count)
      lines.append("  \(verdict)\(name(step))\(space)  \(step.detail.visible)")
    }
    return lines.joined(separator: "\n")
  }

  private static func name(_ step: IndexPlan.Step) -> String { step.index?.visible ?? "validator" }

  func text(isQuiet _: Bool) -> String {
    var lines: [String] = []
    if let failure = summary.failure { lines.append("error: \(failure)") }
    if summary.stopped?.isSignal == true {
      lines.append("interrupted after \(counted(summary.done.count, "step")); run the command again to finish")
    } else if summary.failure == nil {
      lines.append("\(verdict) · \(duration(summary.elapsed))")
    }
    return lines.joined(separator: "\n")
  }

  private var verdict: String {
    let differences = summary.plan.differences.count
    switch summary.task.mode {
    case .dryRun: return "\(counted(differences, "difference")) found; nothing was changed"
    case .check:
      return summary.exitCode == 0
        ? "\(summary.database.visible) is as declared"
        : "\(summary.database.visible) is not as declared; see the \(counted(summary.errors, "finding")) above"
    case .apply:
      return summary.exitCode == 0
        ? "\(summary.database.visible) is as declared after \(counted(summary.done.count, "step"))"
        : "\(counted(summary.left, "difference")) could not be resolved; see the findings above"
    }
  }

  func printJSON(_ console: Console) throws { try StandardOutput.print(summary: Object(summary), console) }

  private struct Object: Encodable {
    struct Step: Encodable {
      let collection: String
      /// The name, which is missing for a validator.
      let index: String?
      let verdict: String
      let detail: String

      init(_ step: IndexPlan.Step) {
        collection = step.collection
        index = step.index
        verdict = step.verdict.rawValue
        detail = step.detail
      }
    }

    let command = "index"
    let mode: String
    let database: String
    let classes: [String]
    let state: [Step]
    let done: [Step]
    let differences: Int
    let findings: [String: Int]
    let failure: String?
    let stopped: String?
    let seconds: Double
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, mode, database, classes, state, done, differences, findings, failure, stopped, seconds
      case exitCode = "exit_code"
    }

    init(_ summary: IndexSummary) {
      mode = summary.task.mode.rawValue
      database = summary.database
      classes = summary.classes
      state = summary.plan.steps.map(Step.init)
      done = summary.done.map(Step.init)
      differences = summary.plan.differences.count
      findings = Dictionary(uniqueKeysWithValues: summary.findings.map { ($0.key.rawValue, $0.value) })
      failure = summary.failure
      stopped = summary.stopped?.name
      seconds = summary.elapsed
      exitCode = summary.exitCode
    }
  }
}
