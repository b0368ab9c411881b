import StoreAccess

/// The result of `index`.
package struct IndexSummary: JobSummary {
  package var database: String
  package var task: IndexTask
  /// The sealed classes that the validators were rendered for.
  package var classes: [String]
  /// The state at the last reading.
  package var plan: IndexPlan
  /// The number of steps that were done.
  package var done: [IndexPlan.Step] = []
  /// The number of differences that could not be corrected.
  package var left = 0
  package var ending = JobEnding()

  init(database: String, task: IndexTask, classes: [String], plan: IndexPlan) {
    self.database = database
    self.task = task
    self.classes = classes
    self.plan = plan
  }
}
