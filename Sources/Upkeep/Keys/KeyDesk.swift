import Algorithms
import BSON
import FieldCrypto
import Foundation
import Mongo
import Sealing
import StoreAccess

/// What every task of `keys` works with.
struct KeyDesk {
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

  /// Ends the task between two steps, because the user asked for it.
  struct Interrupted: Error {}

  func checkCancellation() throws { if session.cancellation.isSignal { throw Interrupted() } }

  func dataKeys() throws -> MongoCollection {
    try session.client().collection(Collections.dataKeys, in: session.database)
  }

  /// Changes data keys, a thousand at a time; what the server refuses ends the task. What is done is counted as it is
  /// done, so that a task which is stopped tells of it.
  func change(
    _ what: String, _ changes: [(filter: BSONDocument, update: BSONDocument)], as deed: KeysSummary.Deed,
    _ summary: inout KeysSummary
  ) throws {
    for chunk in changes.chunks(ofCount: 1000) {
      try checkCancellation()
      let some = Array(chunk)
      let (done, refused) = try write(what, operations: some.count) { try $0.updateForMajority(some) }
      summary.deeds[deed, default: 0] += done
      if let refused { throw StoreFailure("\(what) failed: the server refused it: \(refused.message)") }
    }
  }

  /// Writes to the data keys, again where the answer is lost.
  ///
  /// - Returns: how many documents it has changed, and why the server refused one of the others. A repetition does not
  ///   find what the first try has done: whatever was not refused counts as done then.
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

  /// What opens and seals values; the state at the task's end tells of every data key that does not open.
  ///
  /// - Throws: `StoreFailure` where the settings are gone, with which a task began.
  func sealing() throws -> SealingSession {
    guard let settings = try SealingSettings.current(session, keys) else {
      throw StoreFailure(lostSettingsOf: session.database)
    }
    return SealingSession(session, keys, settings, damaged: .skip { _ in })
  }

  /// A pass over all collections that hold sealed values.
  ///
  /// - Parameter athlete: only documents of this one.
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

  /// A filter of an athlete's documents.
  private func documents(of athlete: Int64, in name: String) throws -> BSONDocument {
    if name == Collections.users { return BSONDocument { $0.append("strava_id", athlete) } }
    let users = try UserLookUp(session).users(of: [athlete])
    return BSONDocument { filter in
      let any = filter.openArray("$or")
      // Of an activity that names its athlete, who that is decides; an insight has only its user.
      let named = filter.open("0")
      filter.append("athlete_id", athlete)
      filter.close(named)
      let owned = filter.open("1")
      if let user = users[athlete]?.id { filter.append("user_id", user) } else { filter.append("athlete_id", athlete) }
      filter.close(owned)
      filter.close(any)
    }
  }
}
