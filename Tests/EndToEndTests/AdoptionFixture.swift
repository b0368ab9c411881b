import Foundation
import Support
import Testing

/// A database as the platform's backend makes it, with a key file that it does not know yet.
struct AdoptionFixture {
  let bench: TestStore

  var pymongo: PyMongo { bench.pymongo }

  init(activities: Int = 60) throws {
    bench = try TestStore()
    try backend("seed", "\(activities)")
  }

  /// Runs the backend. See Tests/Interop/platform_backend.py.
  @discardableResult
  func backend(_ arguments: String...) throws -> String {
    try pymongo.run(file: "platform_backend.py", arguments)
  }

  /// Starts the backend's writers and waits until they write.
  func startWriters() throws -> RunningCommand {
    let writer = try pymongo.start(file: "platform_backend.py", ["write"])
    while !writer.outputSoFar.contains("writing") {
      guard writer.isRunning else { throw HarnessError("the writer ended: \(writer.errorsSoFar)") }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return writer
  }

  func stop(_ writer: RunningCommand) throws {
    writer.send(SIGTERM)
    let ended = try writer.wait()
    #expect(ended.exitCode == 0, "\(ended.errors)")
  }

  func run(_ arguments: [String], input: Command.Input = .none) throws -> Outcome {
    try StravaStore.run(
      arguments + ["--db", bench.database.name],
      environment: ["MONGODB_URI": bench.database.uri, "STRAVA_STORE_KEY_FILE": bench.keyFile], input: input)
  }

  @discardableResult
  func adopt(_ arguments: String...) throws -> MigrationOutcome { try bench.migrate(["--adopt"] + arguments) }

  /// Returns the claims about the database, each a Python expression, that are false.
  func untrue(_ claims: String...) throws -> [String] {
    let program = """
      from bson import Int64, ObjectId
      A, U, I = db.activities, db.users, db.insights
      n = lambda collection, **filter: collection.count_documents(filter)
      for claim in sys.argv[1:]:
          try:
              if not eval(claim): print(claim)
          except Exception as error:
              print(f"{claim}: {error!r}")

      """
    return try pymongo.run(program, claims).split(separator: "\n").map(String.init)
  }

  /// Writes records as Strava sends them: those that the backend has synced, and as many new ones of the same athletes.
  func dump(_ numbers: Range<Int>, name: String = "dump.json") throws -> String {
    let interop = Checkout.root.appending(path: "Tests/Interop").path
    let text = try pymongo.run(
      """
      sys.path.insert(0, sys.argv[1])
      import platform_backend
      print(json.dumps([platform_backend.record(n) for n in range(int(sys.argv[2]), int(sys.argv[3]))]))
      """, [interop, "\(numbers.lowerBound)", "\(numbers.upperBound)"])
    return try bench.folder.write(text, to: name)
  }
}
