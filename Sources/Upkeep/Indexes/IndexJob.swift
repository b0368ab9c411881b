import Algorithms
import BSON
import Findings
import Foundation
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// Changes a database's validators and indexes to the declared state, or reports how they differ (`index`).
///
/// After the work, the state is read again and a new plan is made, until the plan is empty or the remaining steps
/// cannot be done.
package struct IndexJob: Job {
  /// The maximum number of plans: two admins, or a build that fails midway, may make a few more necessary.
  private static let rounds = 4

  private let task: IndexTask
  private let onEvent: @Sendable (Event) -> Void

  package enum Event: Sendable {
    case planned(IndexPlan, database: String, classes: [String], isStated: Bool)
    /// A step, or several builds that one command has done.
    case finished([IndexPlan.Step], seconds: Double)
  }

  private typealias Context = JobContext<IndexProgress>

  /// - Parameter onEvent: A function that is called with each event, one at a time.
  package init(_ task: IndexTask, onEvent: @escaping @Sendable (Event) -> Void) {
    self.task = task
    self.onEvent = onEvent
  }

  package var notBegun: IndexSummary {
    IndexSummary(database: task.connection.database ?? "", task: task, classes: [], plan: IndexPlan())
  }

  package func perform(in frame: JobFrame<IndexProgress>) throws -> IndexSummary {
    let context = try frame.open(task.connection, as: task.mode == .apply ? .index : .indexCheck)
    let session = context.session
    let stated = try StatedSettings.read(session)
    if task.mode == .apply { try PlatformDocuments.refuseUnadopted(stated?.form, session) }
    let policy = stated?.policy ?? .standard
    let declared = try task.collections.compactMap { StoredCollection.named($0, in: stated?.form ?? .specification) }
      .map { try DeclaredState($0, sealing: policy) }
    let plan = try plan(declared, session, task)
    onEvent(.planned(plan, database: session.database, classes: policy.names, isStated: stated != nil))
    var summary = IndexSummary(database: session.database, task: task, classes: policy.names, plan: plan)
    switch task.mode {
    case .dryRun: break
    case .check:
      report(plan.differences, context.findings)
      try reportStates(plan, context)
    case .apply: apply(plan, declared, context, &summary)
    }
    reportExtras(plan, context.findings)
    return summary
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
    _ first: IndexPlan, _ declared: [DeclaredState], _ context: Context, _ summary: inout IndexSummary
  ) {
    let (session, cancellation) = (context.session, context.cancellation)
    var plan = first
    var task = task
    var refused: Set<String> = []
    do {
      try confirm(plan, session)
      for _ in 0..<Self.rounds {
        let work = plan.work.filter { !refused.contains($0.qualifiedName) }
        if work.isEmpty { break }
        var steps = Steps(work)
        while let some = steps.next() {
          if cancellation.isRequested { break }
          let name = some.count > 1 ? "\(some.count) indexes" : some[0].index ?? "validator"
          context.progress.begin("\(some[0].collection): \(name)", steps.begun - some.count, of: work.count)
          let began = Clock.monotonic
          do {
            try IndexWork(session: session, task: task).run(some)
            summary.done += some
            onEvent(.finished(some, seconds: Clock.monotonic - began))
          } catch let refusal as IndexWork.Refusal {
            // Each index is built by itself, so that only those that cannot be built are missing.
            if some.count > 1 {
              steps.separate(some)
              continue
            }
            refused.insert(some[0].qualifiedName)
            for finding in refusal.findings { context.findings.add(finding) }
          }
        }
        if cancellation.isRequested { break }
        task.rebuild = []
        plan = try self.plan(declared, session, task)
      }
      try waitForBuilds(context)
    } catch {
      return context.findings.note(failure: StoreFailure(error).message)
    }
    if cancellation.isRequested { return }
    summary.plan = plan
    // Refused steps have their findings. All other differences must be reported too.
    report(plan.differences.filter { !refused.contains($0.qualifiedName) }, context.findings)
    summary.left = plan.differences.count
  }

  /// Asks before a validator is enforced that some of the newest documents fail: whoever writes such documents would be
  /// refused.
  ///
  /// - Throws: `StoreFailure` if the answer is no.
  private func confirm(_ plan: IndexPlan, _ session: StoreSession) throws {
    var failing: [String] = []
    for step in plan.work {
      guard case .validate(let validator, let level, let isNew) = step.action, level.refuses, !isNew else { continue }
      let count = try ValidatorWork(session, step.collection, validator).refusedOfNewest()
      if count > 0 { failing.append("\(count) of \(step.collection)") }
    }
    if failing.isEmpty { return }
    let text =
      "of the newest \(ValidatorWork.newest) documents of each collection, the validators would refuse "
      + failing.joined(separator: ", ")
    guard task.confirm(text) else {
      throw StoreFailure(
        "\(text); nothing was changed; correct the documents, or confirm with \(task.confirmName)")
    }
  }

  /// Returns the listed indexes that are still being built by another admin's command.
  private func waitForBuilds(_ context: Context) throws {
    while !context.cancellation.isRequested {
      let builds = try states(context.session).map { collection, states in
        (collection, states.filter(\.isBuilding).map(\.name))
      }
      guard let (collection, names) = builds.first(where: { !$0.1.isEmpty }) else { return }
      context.progress.begin("\(collection): waiting for \(names.joined(separator: ", "))", 0, of: names.count)
      Thread.sleep(forTimeInterval: 0.5)
    }
  }

  /// Returns the indexes of each collection, for each server; empty if the login may not read them.
  private func states(_ session: StoreSession) throws -> [(String, [IndexState])] {
    try task.collections.map { name in
      let states = try session.retrying("looking for builds in \(name)") {
        do {
          return try session.client().collection(name, in: session.database).indexStates()
        } catch let error as MongoError where error.kind == .refused && !error.isTransient {
          // Not every login may read this, and the collection may be missing or a view.
          return []
        }
      }
      return (name, states)
    }
  }

  /// Returns the problems that the list of indexes does not show: unfinished builds, and shards without an index.
  private func reportStates(_ plan: IndexPlan, _ context: Context) throws {
    for (collection, states) in try states(context.session) {
      for state in states where state.isBuilding {
        context.findings.add(Finding(.indexDrift, "index \(state.name) is still being built", file: collection))
      }
      reportUnused(states, plan, collection, context.findings)
      let shards = Dictionary(grouping: states) { $0.shard ?? "" }.mapValues { Set($0.map(\.name)) }
      guard shards.count > 1 else { continue }
      for step in plan.steps where step.collection == collection && step.verdict == .keep {
        guard let index = step.index else { continue }
        for (shard, names) in shards.sorted(by: { $0.key < $1.key }) where !names.contains(index) {
          context.findings.add(Finding(.indexDrift, "index \(index) is missing on shard \(shard)", file: collection))
        }
      }
    }
  }

  /// Reports indexes that no query has used on any server. Unique indexes are left out, because they also keep keys
  /// unique.
  private func reportUnused(_ states: [IndexState], _ plan: IndexPlan, _ collection: String, _ findings: FindingLog) {
    for (name, states) in Dictionary(grouping: states, by: \.name).sorted(by: { $0.key < $1.key }) {
      let since = states.compactMap(\.usedSince)
      guard since.count == states.count, states.allSatisfy({ $0.uses == 0 }), let first = since.max(),
        plan.steps.contains(where: { $0.collection == collection && $0.index == name }),
        !plan.isUnique(name, in: collection)
      else { continue }
      findings.add(
        Finding(
          .unusedIndex, "no query has used index \(name) since \(first.iso8601)", file: collection))
    }
  }

  // MARK: Events

  private func report(_ steps: [IndexPlan.Step], _ findings: FindingLog) {
    for step in steps {
      findings.add(Finding(step.rule, step.sentence, severity: .error, file: step.collection))
    }
  }

  private func reportExtras(_ plan: IndexPlan, _ findings: FindingLog) {
    guard task.mode != .dryRun else { return }
    for step in plan.steps where step.verdict == .extra {
      findings.add(Finding(step.rule, step.sentence, severity: step.loss, file: step.collection))
    }
  }
}

/// The steps of a plan in the order of their execution. Builds of indexes of one collection are done together, because
/// the server then reads the collection only once.
private struct Steps {
  private var waiting: [[IndexPlan.Step]]
  /// The number of steps that were returned.
  private(set) var begun = 0

  init(_ steps: [IndexPlan.Step]) {
    waiting = steps.chunked { $0.isBuild && $1.isBuild && $0.collection == $1.collection }.map(Array.init).reversed()
  }

  mutating func next() -> [IndexPlan.Step]? {
    let steps = waiting.popLast()
    begun += steps?.count ?? 0
    return steps
  }

  /// Takes back steps, to return each of them by itself.
  mutating func separate(_ steps: [IndexPlan.Step]) {
    waiting += steps.reversed().map { [$0] }
    begun -= steps.count
  }
}

extension IndexPlan.Step {
  /// The rule of the finding that reports the step.
  fileprivate var rule: Rule {
    if loss != nil { return .losesDocuments }
    if isExtra { return .extraIndex }
    return index != nil ? .indexDrift : .validatorDrift
  }

  fileprivate var qualifiedName: String { "\(collection)/\(index ?? "")" }

  fileprivate var sentence: String {
    guard let index else { return loss != nil ? detail : "the validator differs from its declaration (\(detail))" }
    switch verdict {
    case .create: return "index \(index) is missing (\(detail))"
    case .extra: return "index \(index) is not declared (\(detail)); pruning drops it"
    case .drop where isExtra: return "index \(index) is not declared (\(detail))"
    default: return "index \(index) differs from its declaration: \(detail)"
    }
  }
}
