import Findings
import Foundation
import Logging
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// Brings a database's validators and indexes to the declared state, or says how it differs (`index`).
///
/// Nothing is believed: after the work the state is read again and planned anew, until the plan is empty or what is
/// left cannot be done.
package struct IndexJob: Sendable {
  /// Two admins, or a build that fails midway, may take another look or two.
  private static let rounds = 4

  private let task: IndexTask
  private let cancellation: Cancellation
  private let progress: IndexProgress
  private let log: Logger
  private let tell: @Sendable (Event) -> Void

  package enum Event: Sendable {
    case planned(IndexPlan, database: String, classes: [String], isStated: Bool)
    case finished(IndexPlan.Step, seconds: Double)
    case found(Finding)
  }

  /// - Parameter tell: called with each event, one at a time.
  package init(
    _ task: IndexTask, cancellation: Cancellation, progress: IndexProgress, log: Logger,
    tell: @escaping @Sendable (Event) -> Void
  ) {
    self.task = task
    self.cancellation = cancellation
    self.progress = progress
    self.log = log
    self.tell = tell
  }

  /// - Throws: `StoreFailure` where it cannot begin; what goes wrong later is in the summary.
  package func run() throws -> IndexSummary {
    let began = Clock.monotonic
    do {
      let session = try task.connection.open(as: task.mode == .apply ? .index : .indexCheck, cancellation, log)
      let stated = try SealingPolicy.unchecked(session)
      let policy = stated ?? .standard
      let declared = try task.collections.compactMap(StoredCollection.named).map {
        try DeclaredState($0, sealing: policy)
      }
      let plan = try plan(declared, session, task)
      tell(.planned(plan, database: session.database, classes: policy.names, isStated: stated != nil))
      var summary = IndexSummary(database: session.database, task: task, classes: policy.names, plan: plan)
      switch task.mode {
      case .dryRun: break
      case .check:
        report(plan.differences, &summary)
        for (collection, names) in try building(session) {
          for name in names { note(Finding(.indexDrift, "\(name) is still being built", file: collection), &summary) }
        }
      case .apply: apply(plan, declared, session, &summary)
      }
      reportExtras(plan, &summary)
      summary.stopped = cancellation.reason
      summary.elapsed = Clock.monotonic - began
      return summary
    } catch {
      throw StoreFailure(error)
    }
  }

  private func plan(_ declared: [DeclaredState], _ session: StoreSession, _ task: IndexTask) throws -> IndexPlan {
    var plan = IndexPlan()
    for one in declared {
      plan.add(one, try ActualState.read(one.name, session, withShardKey: task.prune), task)
    }
    return plan
  }

  // MARK: Applying

  private func apply(
    _ first: IndexPlan, _ declared: [DeclaredState], _ session: StoreSession, _ summary: inout IndexSummary
  ) {
    var plan = first
    var task = task
    var refused: Set<String> = []
    do {
      for _ in 0..<Self.rounds {
        let work = plan.work.filter { !refused.contains($0.place) }
        if work.isEmpty { break }
        for (number, step) in work.enumerated() {
          if cancellation.isRequested { break }
          progress.begin("\(step.collection): \(step.index ?? "validator")", number, of: work.count)
          let began = Clock.monotonic
          do {
            try IndexWork(session: session, task: task).run(step)
            summary.done.append(step)
            tell(.finished(step, seconds: Clock.monotonic - began))
          } catch let refusal as IndexWork.Refusal {
            refused.insert(step.place)
            for finding in refusal.findings { note(finding, &summary) }
          }
        }
        if cancellation.isRequested { break }
        task.rebuild = []
        plan = try self.plan(declared, session, task)
      }
      try waitForBuilds(session)
    } catch {
      summary.failure = StoreFailure(error).message
      return
    }
    if cancellation.isRequested { return }
    summary.plan = plan
    // What was refused has its findings; everything else that differs must be told.
    report(plan.differences.filter { !refused.contains($0.place) }, &summary)
    summary.left = plan.differences.count
  }

  /// Indexes that are listed may still be built, by another admin's command.
  private func waitForBuilds(_ session: StoreSession) throws {
    while !cancellation.isRequested, let (collection, names) = try building(session).first(where: { !$0.1.isEmpty }) {
      progress.begin("\(collection): waiting for \(names.joined(separator: ", "))", 0, of: names.count)
      Thread.sleep(forTimeInterval: 0.5)
    }
  }

  private func building(_ session: StoreSession) throws -> [(String, [String])] {
    try task.collections.map { name in
      let names = try session.retrying("looking for builds in \(name)") {
        do {
          return try session.client().collection(name, in: session.database).indexesBeingBuilt()
        } catch let error as MongoError where error.kind == .refused && !error.isTransient {
          // Not everybody may look, and there may be no such collection, or a view.
          return []
        }
      }
      return (name, names)
    }
  }

  // MARK: Telling

  private func report(_ steps: [IndexPlan.Step], _ summary: inout IndexSummary) {
    for step in steps {
      let rule: Rule =
        step.isExtra ? .extraIndex : step.index != nil || step.verdict == .blocked ? .indexDrift : .validatorDrift
      note(Finding(rule, step.sentence, severity: .error, file: step.collection), &summary)
    }
  }

  private func reportExtras(_ plan: IndexPlan, _ summary: inout IndexSummary) {
    guard task.mode != .dryRun else { return }
    for step in plan.steps where step.verdict == .extra {
      note(Finding(.extraIndex, step.sentence, file: step.collection), &summary)
    }
  }

  private func note(_ finding: Finding, _ summary: inout IndexSummary) {
    summary.findings[finding.rule, default: 0] += 1
    if finding.severity == .error { summary.errors += 1 }
    tell(.found(finding))
  }
}

extension IndexPlan.Step {
  fileprivate var place: String { "\(collection)/\(index ?? "")" }

  fileprivate var sentence: String {
    guard let index else { return verdict == .blocked ? detail : "the validator is not as declared (\(detail))" }
    switch verdict {
    case .create: return "index \(index) is missing (\(detail))"
    case .extra: return "index \(index) is not declared (\(detail)); --prune drops it"
    case .drop where isExtra: return "index \(index) is not declared (\(detail))"
    default: return "index \(index) is not as declared: \(detail)"
    }
  }
}
