import BSON
import Mongo

extension StoreSession {
  /// Runs a command that may take hours on a client that waits for its answer, and logs at intervals that the command
  /// is still running. The command is repeated in the same way as by `retrying`.
  package func long<R>(_ what: String, _ body: (MongoClient) throws -> R) throws -> R {
    try long(what, detail: { nil }, body)
  }

  /// Runs a build of indexes in the same way. The build ends when every voting member of the replica set has finished
  /// it, so the log messages name the members that are down. A server continues a build whose connection was lost, and
  /// the repeated command waits for that build.
  package func building(_ what: String, _ body: (MongoClient) throws -> Void) throws {
    try long(what, detail: { [self] in membersDown() }, body)
  }

  private func long<R>(
    _ what: String, detail: @escaping @Sendable () -> String?, _ body: (MongoClient) throws -> R
  ) throws -> R {
    try retrying(what) {
      let heartbeat = Heartbeat(what, log, detail: detail)
      defer { heartbeat.stop() }
      return try body(patientClient())
    }
  }

  /// Returns what a build of indexes waits for. Not every login may read this, and a single server has no members.
  private func membersDown() -> String? {
    let status = try? client().run(BSONDocument { $0.append("replSetGetStatus", Int32(1)) }, on: "admin")
    let members = status?["members"]?.inner?.elements.compactMap(\.value.inner) ?? []
    let down = members.filter { $0["health"]?.integer == 0 }.compactMap { $0["name"]?.string }
    return down.isEmpty
      ? "a build ends when every voting member of the replica set has finished it"
      : "it waits for every voting member of the replica set, and \(down.joined(separator: ", ")) does not answer"
  }
}
