import Findings
import Logging
import Mongo

/// What a command gives to its job, the same for every job: what interrupts it, and where its findings, its progress and
/// its log messages go.
package struct JobFrame<Progress: Sendable>: Sendable {
  package let cancellation: Cancellation
  package let findings: FindingLog
  package let progress: Progress
  package let log: Logger

  /// - Parameters:
  ///   - show: called with each finding.
  ///   - passOver: called with the numbers of findings of a file that are only counted. Both are called one at a time.
  package init(
    _ progress: Progress, cancellation: Cancellation, log: Logger, show: @escaping @Sendable (Finding) -> Void,
    passOver: @escaping @Sendable (FindingCounts, _ file: String) -> Void = { _, _ in }
  ) {
    self.progress = progress
    self.cancellation = cancellation
    self.log = log
    findings = FindingLog(cancellation: cancellation, show: show, passOver: passOver)
  }

  /// Connects the job with its database.
  ///
  /// - Parameters:
  ///   - role: what the command is, for the message where it lacks a right.
  ///   - keys: of the key file; nil where the job works without one.
  ///   - reads: `asPreferred` where nothing is written.
  package func open(
    _ connection: ConnectionChoice, as role: AccessRole, _ keys: KeyRing? = nil, reads: MongoClientPool.Reads = .primary
  ) throws -> JobContext<Progress> {
    JobContext(frame: self, session: try connection.open(as: role, cancellation, log, reads: reads), keys: keys)
  }
}

/// What a job works with once it has begun: its session with the database and its keys, in its frame.
package struct JobContext<Progress: Sendable>: Sendable {
  private let frame: JobFrame<Progress>
  package let session: StoreSession
  /// Nil where the job works without a key file.
  package let keys: KeyRing?

  package var cancellation: Cancellation { frame.cancellation }
  package var findings: FindingLog { frame.findings }
  package var progress: Progress { frame.progress }
  package var log: Logger { frame.log }

  fileprivate init(frame: JobFrame<Progress>, session: StoreSession, keys: KeyRing?) {
    self.frame = frame
    self.session = session
    self.keys = keys
  }
}
