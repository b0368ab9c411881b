import StoreAccess

/// What `index` found and did.
package struct IndexSummary: JobSummary {
  package var database: String
  package var task: IndexTask
  /// The sealed classes, by which the validators were rendered.
  package var classes: [String]
  /// The state as it was read last.
  package var plan: IndexPlan
  /// Steps that were taken.
  package var done: [IndexPlan.Step] = []
  /// Differences that could not be mended.
  package var left = 0
  package var ending = JobEnding()

  init(database: String, task: IndexTask, classes: [String], plan: IndexPlan) {
    self.database = database
    self.task = task
    self.classes = classes
    self.plan = plan
  }
}
