import Foundation
import Support
import Testing

/// `encrypt-migrate` while the platform writes plaintext: the last value of each writer is there afterwards.
@Suite(.waitingLong) struct MigrationWritersTests {
  private static let users = Soak.size(1_000, soak: 100_000)
  private static let patience = Duration.seconds(Soak.size(300, soak: 7200))

  @Test func noWriteIsLost() throws {
    let store = try TestStore()
    try store.pymongo.run(file: "platform_writers.py", ["seed", "\(Self.users)"], timeout: Self.patience)
    let writers = try ["tokens", "names", "platform", "raw"].map {
      try store.pymongo.start(file: "platform_writers.py", ["write", $0])
    }
    while !writers.allSatisfy({ $0.outputSoFar.contains("writing") }) {
      for writer in writers where !writer.isRunning { throw HarnessError("a writer ended: \(writer.errorsSoFar)") }
      Thread.sleep(forTimeInterval: 0.01)
    }

    let first = try store.migrate(timeout: Self.patience)
    #expect(first.exitCode == 0, "\(first.errors.suffix(2000))")
    #expect(first.users.read == Self.users)
    #expect(first.users.gone == 0)
    // Otherwise no writer wrote between reading and writing, and the test would show nothing.
    #expect(first.users.retried > 0)
    // No writer changes it, so it was sealed once in each document, whatever the others did in between.
    #expect(first.users.values["/lastname"] == Self.users)
    let meanwhile = try store.migrate(["--verify", "--quiet"], timeout: Self.patience)
    #expect(meanwhile.exitCode == 1)
    #expect(meanwhile.left > 0)

    var files: [String] = []
    for writer in writers {
      writer.send(SIGTERM)
      let ended = try writer.wait()
      #expect(ended.exitCode == 0, "\(ended.errors)")
      files.append(try store.folder.write(ended.output, to: "writer-\(files.count)"))
    }
    let before = try store.migrate(["--verify", "--quiet"], timeout: Self.patience)
    #expect(before.exitCode == 1)
    let last = try store.migrate(timeout: Self.patience)
    #expect(last.exitCode == 0)
    #expect(last.users.changed == before.left)
    #expect(last.users.retried == 0)
    let verified = try store.migrate(["--verify"], timeout: Self.patience)
    #expect(verified.exitCode == 0, "\(verified.errors)")
    #expect(verified.users.unchanged == Self.users)

    let held = try store.pymongo.run(
      file: "platform_writers.py", ["check", store.keyFile] + files, timeout: Self.patience)
    let result = held.split(separator: "\n")
    #expect(result.count == 1, "\(result.prefix(5))")
    #expect(try #require(result.last.flatMap { Int($0) }) > 100)
  }
}
