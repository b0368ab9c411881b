import Algorithms
import BSON
import FieldCrypto
import Foundation
import Mongo
import Sealing
import StoreAccess

/// The tools that all tasks of `keys` share.
struct KeysTools {
  let session: StoreSession
  let keys: KeyRing
  let log: FindingLog
  let progress: DocumentProgress

  init(_ context: JobContext<DocumentProgress>, _ keys: KeyRing) {
    session = context.session
    self.keys = keys
    log = context.findings
    progress = context.progress
  }

  /// Ends the task between two steps if the user requested it.
  struct Interrupted: Error {}

  func checkCancellation() throws { if session.cancellation.isSignal { throw Interrupted() } }

  func dataKeys() throws -> MongoCollection {
    try session.client().collection(Collections.dataKeys, in: session.database)
  }

  /// Changes data keys, a thousand at a time. A refusal by the server ends the task. Completed changes are counted
  /// immediately, so that a stopped task also reports them.
  func change(
    _ what: String, _ changes: [(filter: BSONDocument, update: BSONDocument)], as action: KeysSummary.Action,
    _ summary: inout KeysSummary
  ) throws {
    for chunk in changes.chunks(ofCount: 1000) {
      try checkCancellation()
      let some = Array(chunk)
      let (done, refused) = try write(what, operations: some.count) { try $0.updateForMajority(some) }
      summary.actions[action, default: 0] += done
      if let refused { throw StoreFailure("\(what) failed: the server refused it: \(refused.message)") }
    }
  }

  /// Writes to the data keys, and repeats the write if the answer is lost.
  ///
  /// - Returns: The number of documents that were changed, and the reason why the server refused one of the others. A
  ///   repetition does not find what the first attempt has changed, so every write that was not refused then counts as
  ///   done.
  func write(
    _ what: String, operations: Int, _ body: (MongoCollection) throws -> MajorityOutcome
  ) throws -> (done: Int, refused: WriteError?) {
    var tries = 0
    let outcome = try session.retrying(what) {
      tries += 1
      return try body(dataKeys())
    }
    return (tries == 1 ? outcome.count : operations - outcome.refused.count, outcome.refused.first)
  }

  /// Returns the session that decrypts and seals values. The state at the task's end includes every data key that
  /// cannot be decrypted.
  ///
  /// - Throws: `StoreFailure` if the settings that existed when the task began are missing.
  func sealing() throws -> SealingSession {
    guard let settings = try SealingSettings.current(session, keys) else {
      throw StoreFailure(lostSettingsOf: session.database)
    }
    return SealingSession(session, keys, settings, damaged: .skip { _ in })
  }

  /// Runs a pass over all collections that contain sealed values.
  ///
  /// - Parameter athlete: The athlete whose documents are processed; nil for all documents.
  func pass(_ work: CollectionPass.Work, of athlete: Int64? = nil, _ summary: inout KeysSummary) throws {
    let sealing = try sealing()
    for name in MigrationOptions.everyCollection where !session.cancellation.isRequested {
      let wanted = try athlete.map { try documents(of: $0, in: name) } ?? BSONDocument()
      let pass = CollectionPass(
        DocumentLookUp(name, session, sealing), work, pace: CollectionPass.Pace(), where: wanted, progress: progress,
        log: log)
      summary.collections.append((name, pass.run()))
    }
    try checkCancellation()
  }

  /// Returns a filter for an athlete's documents.
  private func documents(of athlete: Int64, in name: String) throws -> BSONDocument {
    if name == Collections.users { return BSONDocument { $0.append("strava_id", athlete) } }
    // If an activity names its athlete, that id decides; an insight refers only to a user, or to the athlete in the
    // platform's form.
    let user = try UserLookUp(session).users(of: [athlete])[athlete]?.id
    let conditions: [(String, BSONValue)] =
      [("athlete_id", .int64(athlete)), ("user_id", .int64(athlete))]
      + (user.map { [("user_id", .objectID($0))] } ?? [])
    return BSONDocument { filter in
      let any = filter.beginArray("$or")
      for (i, (field, value)) in conditions.enumerated() {
        let condition = filter.begin(name: String(i))
        filter.append(name: field, value)
        filter.end(condition)
      }
      filter.end(any)
    }
  }
}
