import Foundation
import Support
import Testing

/// Importers beside `rotate-data` and `purge`: whatever keys they hold, their documents stay readable.
///
/// A retired key is kept for a day before it is deleted. Here its dates are moved back, so that it is deleted while an
/// importer is about to seal with it.
@Suite(.waiting) struct KeyRaceTests {
  private static func records(_ count: Int) -> [SyntheticRecord] {
    let athletes = (0..<5).map { SyntheticRecord.athlete(SyntheticDump.firstAthlete + Int64($0)) }
    return athletes + SyntheticDump.noted(count, athletes: athletes.count)
  }

  /// Returns Python code that rotates, moves the dates back by a day, and purges. It is Python because the import is
  /// held meanwhile.
  private func rotateAndPurge(_ keys: KeysFixture) -> String {
    """
    import datetime, subprocess
    def run(command): return json.loads(subprocess.run(command + ['--json'], check=True, stdout=subprocess.PIPE).stdout)
    run(\(keys.python(["keys", "rotate-data", "--all"])))
    for key in db.data_keys.find({'retired_at': {'$ne': None}}):
        day = datetime.timedelta(hours=24)
        db.data_keys.update_one({'_id': key['_id']}, {'$set': {
            'created_at': key['created_at'] - day, 'retired_at': key['retired_at'] - day}})
    print(run(\(keys.python(["keys", "purge"])))['done']['data_keys_deleted'])
    """
  }

  @Test(arguments: [1, 400])
  func anImporterThatHoldsADeletedKeyLeavesNothingUnreadable(once stored: Int) throws {
    let store = try TestStore(hasOwnKeys: true)
    let keys = KeysFixture(store)
    let records = Self.records(1000)
    let file = try store.folder.write(records.lines, to: "records.json")
    let held = try HeldImport(
      store, ["--batch-size", "20", file], once: stored, during: rotateAndPurge(keys))
    let ended = try held.ended()
    #expect(ended.exitCode == 0, "\(ended.errors)")
    #expect(held.printed == "5\n", "the keys that the importer holds are gone")
    #expect(ended.summary.activities.new == 1000)
    try expectReadable(keys, 1000)
    #expect(try keys.keysInUse().count == 5)
  }

  @Test func anImporterThatARetiredKeySealsForLeavesItsValuesReadable() throws {
    let store = try TestStore(hasOwnKeys: true)
    let keys = KeysFixture(store)
    let file = try store.folder.write(Self.records(400).lines, to: "records.json")
    let held = try HeldImport(
      store, ["--batch-size", "20", file],
      during: """
        import subprocess
        subprocess.run(\(keys.python(["keys", "rotate-data", "--all"])), check=True)
        """)
    #expect(try held.ended().exitCode == 0)
    try expectReadable(keys, 400)
    try keys.age(byHours: 24)
    let purged = try keys.keys("purge")
    #expect(purged.exitCode == 0 && purged.printed.dataKeys?.retired == 0)
    try expectReadable(keys, 400)
  }

  @Test func importersBesideOneRotationAndPurgeAfterTheOther() throws {
    let store = try TestStore(hasOwnKeys: true)
    let keys = KeysFixture(store)
    let file = try store.folder.write(Self.records(600).lines, to: "records.json")
    #expect(try store.run([store.folder.write(Self.records(0).lines, to: "athletes.json")]).exitCode == 0)
    let importers = try (0..<2).map { _ in try store.command(["--batch-size", "10", file]).start() }
    var deleted = 0
    while importers.contains(where: \.isRunning) {
      #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
      try keys.age(byHours: 24)
      let purged = try keys.keys("purge")
      #expect(purged.exitCode == 0, "\(purged.errors)")
      deleted += purged.done("data_keys_deleted")
    }
    for importer in importers { #expect(try ImportOutcome(importer.wait()).exitCode == 0) }
    #expect(deleted >= 5, "the importers had a purge beside them")
    try expectReadable(keys, 600)
  }

  /// The rotation has keys in memory that are destroyed meanwhile.
  @Test func whatIsDestroyedBesideARotationStaysSo() throws {
    let store = try TestStore(hasOwnKeys: true)
    let keys = KeysFixture(store)
    let file = try store.folder.write(SyntheticDump.noted(1200, athletes: 1).lines, to: "records.json")
    #expect(try store.run([file]).summary.activities.new == 1200)
    let athlete = SyntheticDump.firstAthlete
    let note = "bytes(db.activities.find_one(sort=[('_id', 1)])['raw_data']['private_note'])"
    let rotation = try HeldCommand(
      keys.command(["keys", "rotate-data", "--all", "--json"]), on: store.database, in: store.folder,
      when: "(lambda now: now != globals().setdefault('was', now))(\(note))",
      during: """
        import subprocess
        subprocess.run(
            \(keys.python(["keys", "destroy", "--athlete", "\(athlete)"])), check=True, input=b"\(athlete)\\ndestroy\\n")
        """)
    #expect(try rotation.ended().exitCode == 1)
    let exported = try keys.run(["export", "activities", "--decrypt"])
    #expect(exported.exitCode == 1)
    #expect(exported.output.split(separator: "\n").count == 1200)
    #expect(!exported.output.contains("private_note"))
  }

  private func expectReadable(_ keys: KeysFixture, _ count: Int, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let verified = try keys.keys("verify")
    #expect(verified.exitCode == 0, "\(verified.errors)", sourceLocation: sourceLocation)
    let notes = Set(
      try keys.decrypted().compactMap { $0.firstMatch(of: /"private_note":\{"\$sealed":"(note \d+)"/)?.1 })
    #expect(notes.count == count, sourceLocation: sourceLocation)
  }
}
