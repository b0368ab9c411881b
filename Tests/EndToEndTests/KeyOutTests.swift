import Foundation
import Support
import Testing

/// Changes of keys that are not in a file of the user: the changed keys go to a new file.
@Suite(.waiting) struct KeyOutTests {
  private let fixture: KeysFixture
  private let new: String

  init() throws {
    fixture = try KeysFixture(withFixtures: ())
    new = fixture.store.folder.path("new.json")
  }

  /// Runs the program with the fixture's keys in a pipe.
  private func piped(_ arguments: String..., keys: String? = nil) throws -> KeysOutcome {
    let words = [
      "-c", #"keys=$1; shift; "$0" "$@" 3< <(cat "$keys")"#, StravaStore.path, keys ?? fixture.store.keyFile,
    ]
    let options = ["--db", fixture.store.database.name, "--key-fd", "3", "--json"]
    return try KeysOutcome(
      Command(
        "/bin/bash", words + ["keys"] + arguments + options, environment: ["MONGODB_URI": fixture.store.database.uri]
      ).run())
  }

  @Test func aRotationWritesTheFileAndStops() throws {
    let (file, before) = (try Data(contentsOf: URL(filePath: fixture.store.keyFile)), try fixture.pymongo.dump())
    let prepared = try piped("rotate-master", "--key-out", new)
    #expect(prepared.exitCode == 0, "\(prepared.errors)")
    #expect(prepared.done("masters_made") == 1 && prepared.done("rewrapped") == 0)
    #expect(prepared.printed.masters?.map(\.state) == ["active", "next"])
    #expect(try fixture.pymongo.dump() == before)
    #expect(try Data(contentsOf: URL(filePath: fixture.store.keyFile)) == file)
    #expect(try FileManager.default.attributesOfItem(atPath: new)[.posixPermissions] as? Int == 0o600)

    // Every command still works with both files. The next rotation with the new one makes its master key active.
    #expect(try piped("verify").exitCode == 0)
    let early = try piped("rotate-master", "--key-out", fixture.store.folder.path("newer.json"), keys: new)
    #expect(early.exitCode == 2 && early.printed.failure?.contains("is not complete") == true, "\(early.errors)")
    #expect(!FileManager.default.fileExists(atPath: fixture.store.folder.path("newer.json")))
    let rotated = try piped("rotate-master", keys: new)
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("masters_made") == 0 && rotated.done("rewrapped") > 0)
    #expect(rotated.printed.masters?.map(\.state) == ["previous", "active"])
    #expect(try piped("verify", keys: new).exitCode == 0)
    let old = try piped("verify")
    #expect(old.exitCode == 2 && old.errors.contains("is older than the last rotation"), "\(old.errors)")
  }

  @Test func withoutANewFileKeysFromAPipeAreNotChanged() throws {
    let before = try fixture.pymongo.dump()
    let refused = try piped("rotate-master")
    #expect(refused.exitCode == 2 && refused.errors.contains("--key-out"), "\(refused.errors)")
    #expect(try fixture.pymongo.dump() == before)
  }

  @Test func anExistingFileIsNeverOverwritten() throws {
    _ = try fixture.store.folder.write("precious", to: "new.json")
    let refused = try piped("rotate-master", "--key-out", new)
    #expect(refused.exitCode == 2 && refused.errors.contains("a file with this name exists"), "\(refused.errors)")
    #expect(try String(contentsOfFile: new, encoding: .utf8) == "precious")
  }

  @Test func aLinkedOrForeignFileIsReadButNotChanged() throws {
    let link = fixture.store.folder.path("link.json")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: fixture.store.keyFile)
    let text = try Data(contentsOf: URL(filePath: fixture.store.keyFile))
    #expect(try fixture.run(["keys", "status", "--key-file", link]).exitCode == 0)
    let refused = try fixture.run(["keys", "rotate-master", "--key-file", link])
    #expect(refused.exitCode == 2 && refused.errors.contains("--key-out"), "\(refused.errors)")
    #expect(try Data(contentsOf: URL(filePath: fixture.store.keyFile)) == text)
    let prepared = try fixture.run(["keys", "rotate-master", "--key-file", link, "--key-out", new])
    #expect(prepared.exitCode == 0, "\(prepared.errors)")
    #expect(try Data(contentsOf: URL(filePath: fixture.store.keyFile)) == text)
  }

  @Test func aDroppedMasterIsLeftOutOfTheNewFile() throws {
    let fixture = try KeysFixture(withFixturesUnderMasterMadeHoursAgo: 100)
    let first = try fixture.active()
    _ = try fixture.addMaster(hoursAgo: 30)
    #expect(try fixture.keys("rotate-master").exitCode == 0)
    try fixture.age(byHours: 25)
    let new = fixture.store.folder.path("new.json")
    let dropped = try fixture.keys("drop-master", first, "--key-out", new)
    #expect(dropped.exitCode == 0, "\(dropped.errors)")
    #expect(try fixture.masters().contains(first))
    #expect(!String(decoding: try fixture.store.folder.read("new.json"), as: UTF8.self).contains(first))
    #expect(try fixture.run(["keys", "verify", "--key-file", new]).exitCode == 0)
  }

  /// The whole way with age, as docs/keys.md shows it.
  @Test func keysEncryptedWithAgeNeverTouchADiskInClear() throws {
    let script = """
      set -e
      age-keygen -o id.txt 2> age.log
      age -r "$(age-keygen -y id.txt)" -o keys.age "$1"
      "$0" keys verify --db "$2" --key-fd 3 3< <(age -d -i id.txt keys.age)
      """
    let outcome = try Command(
      "/bin/bash", ["-c", script, StravaStore.path, fixture.store.keyFile, fixture.store.database.name],
      environment: ["MONGODB_URI": fixture.store.database.uri], directory: fixture.store.folder.path
    ).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("can be decrypted"))
  }
}
