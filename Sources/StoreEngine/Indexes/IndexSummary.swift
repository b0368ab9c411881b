import SourceText

/// What `index` found and did.
public struct IndexSummary: Sendable {
  public var database: String
  public var task: IndexTask
  /// The sealed classes, by which the validators were rendered.
  public var classes: [String]
  /// The state as it was read last.
  public var plan: IndexPlan
  /// Steps that were taken.
  public var done: [IndexPlan.Step] = []
  public var findings: [Rule: Int] = [:]
  public var errors = 0
  /// Differences that could not be mended.
  public var left = 0
  public var failure: String?
  public var stopped: Interruption.Reason?
  /// Seconds.
  public var elapsed = 0.0

  init(database: String, task: IndexTask, classes: [String], plan: IndexPlan) {
    self.database = database
    self.task = task
    self.classes = classes
    self.plan = plan
  }

  public var exitCode: Int32 { Interruption.exitCode(stopped, failed: failure != nil, leaves: errors > 0 || left > 0) }
}

extension IndexSummary {
  /// Of a run that could not begin.
  public init(notBegun task: IndexTask, _ failure: StoreFailure) {
    self.init(database: task.connection.database ?? "", task: task, classes: [], plan: IndexPlan())
    (stopped, self.failure) = failure.ending
  }
}
