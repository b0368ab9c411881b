import Foundation
import Synchronization
import Testing

/// Programs of MongoDB's own, for tests that the stand-in cannot run: replica sets of three members, sharded clusters.
enum GenuineServer {
  /// True if STRAVA_STORE_MONGOD names a mongod of MongoDB's own.
  static let hasMongod = isGenuine(ServerProgram.mongodPath, "db version v")
  /// True if STRAVA_STORE_MONGOS names a mongos, too.
  static let hasMongos = hasMongod && isGenuine(ServerProgram.mongosPath, "mongos version v")

  /// The number of tests that were not run, by the reason.
  private static let notRun = Mutex<[String: Int]>([:])

  /// Notes that a test is not run. The last lines of the run count these.
  static func skip(because reason: String) {
    let isFirst = notRun.withLock { counts in
      counts[reason, default: 0] += 1
      return counts.values.reduce(0, +) == 1
    }
    guard isFirst else { return }
    AtExit.run {
      let lines = notRun.withLock { $0.sorted { $0.key < $1.key } }.map {
        "\($0.value) tests were not run: \($0.key)\n"
      }
      FileHandle.standardOutput.write(Data(lines.joined().utf8))
    }
  }

  private static func isGenuine(_ path: String?, _ answer: String) -> Bool {
    guard let path, let outcome = try? Command(path, ["--version"]).run() else { return false }
    return outcome.exitCode == 0 && outcome.output.contains(answer)
  }
}

extension Trait where Self == ConditionTrait {
  /// Runs the test only where STRAVA_STORE_MONGOD names a genuine mongod.
  public static var needsMongod: Self {
    .enabled("needs a genuine mongod") {
      if !GenuineServer.hasMongod { GenuineServer.skip(because: "they need a genuine mongod (STRAVA_STORE_MONGOD)") }
      return GenuineServer.hasMongod
    }
  }

  /// Runs the test only where STRAVA_STORE_MONGOS names a genuine mongos, too.
  public static var needsMongos: Self {
    .enabled("needs a genuine mongos") {
      if !GenuineServer.hasMongos { GenuineServer.skip(because: "they need a genuine mongos (STRAVA_STORE_MONGOS)") }
      return GenuineServer.hasMongos
    }
  }
}
