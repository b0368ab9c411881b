import Findings
import StoreAccess

/// What `index` found and did.
package struct IndexSummary: Sendable {
  package var database: String
  package var task: IndexTask
  /// The sealed classes, by which the validators were rendered.
  package var classes: [String]
  /// The state as it was read last.
  package var plan: IndexPlan
  /// Steps that were taken.
  package var done: [IndexPlan.Step] = []
  package var findings: [Rule: Int] = [:]
  package var errors = 0
  /// Differences that could not be mended.
  package var left = 0
  package var failure: String?
  package var stopped: Cancellation.Reason?
  /// Seconds.
  package var elapsed = 0.0

  init(database: String, task: IndexTask, classes: [String], plan: IndexPlan) {
    self.database = database
    self.task = task
    self.classes = classes
    self.plan = plan
  }
}

extension IndexSummary {
  /// Of a run that could not begin.
  package init(notBegun task: IndexTask, _ failure: StoreFailure) {
    self.init(database: task.connection.database ?? "", task: task, classes: [], plan: IndexPlan())
    (stopped, self.failure) = failure.ending
  }
}
