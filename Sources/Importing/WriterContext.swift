import BSON
import Foundation
import Sealing
import StoreAccess

/// The state that the writers of one import share.
struct WriterContext: Sendable {
  let session: StoreSession
  let sealing: SealingSession
  let users: UserLookUp
  let references: ReferenceLookUp
  let stubs: UserStubs
  let sync: ActivitySync
  let plan: WritePlan
  let run: UUID

  /// - Parameter started: The time at which the run began.
  init(_ session: StoreSession, _ sealing: SealingSession, _ plan: WritePlan, run: UUID, started: BSONDate) {
    self.session = session
    self.sealing = sealing
    self.plan = plan
    self.run = run
    users = UserLookUp(session)
    references = ReferenceLookUp(session: session)
    stubs = UserStubs(session, users)
    sync = ActivitySync(session, users, started: started)
  }
}
