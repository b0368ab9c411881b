import Findings
import Logging
import Mongo

/// The environment that a command gives to its job: what interrupts the job, and where its findings, its progress and
/// its log messages go. It is the same type for every job.
package struct JobFrame<Progress: Sendable>: Sendable {
  package let cancellation: Cancellation
  package let findings: FindingLog
  package let progress: Progress
  package let log: Logger

  /// - Parameters:
  ///   - show: A function that is called with each finding.
  ///   - passOver: A function that is called with the numbers of a file's findings that are only counted. Only one of
  ///     the two functions is called at a time.
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
  ///   - role: The kind of command, for the message if the login lacks a right.
  ///   - keys: The keys of the key file; nil if the job works without one.
  ///   - reads: The read preference; `asPreferred` if nothing is written.
  package func open(
    _ connection: ConnectionChoice, as role: AccessRole, _ keys: KeyRing? = nil, reads: MongoClientPool.Reads = .primary
  ) throws -> JobContext<Progress> {
    let session = try connection.open(as: role, cancellation, log, reads: reads)
    keys?.use.note(database: session.database)
    return JobContext(frame: self, session: session, keys: keys)
  }
}

/// The context of a job that has begun: its database session, its keys, and its frame.
package struct JobContext<Progress: Sendable>: Sendable {
  private let frame: JobFrame<Progress>
  package let session: StoreSession
  /// The keys; nil if the job works without a key file.
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
