import Foundation
import Support
import Testing

/// The forms in which people have an account archive, and whose it is.
@Suite(.waiting) struct ArchiveInputTests {
  typealias Counts = PrintedSummary.Counts

  /// The archive in every form: name, what makes it of `export_….zip`, and the options that its import needs.
  private static let forms: [(String, String, [String])] = [
    (ArchiveFixture.fileName, "", []),
    ("other.zip", "shutil.copy('ZIP', 'other.zip')", []),
    ("folder", "zipfile.ZipFile('ZIP').extractall('folder')", []),
    ("folder/activities.csv", "zipfile.ZipFile('ZIP').extractall('folder')", []),
    ("outer", "zipfile.ZipFile('ZIP').extractall('outer/some/export_900000021')", []),
    (
      "again.zip",
      """
      zipfile.ZipFile('ZIP').extractall('again')
      with zipfile.ZipFile('again.zip', 'w') as out:
          out.writestr('__MACOSX/export_900000021/._activities.csv', b'\\0\\5\\x16')
          out.writestr('export_900000021/.DS_Store', b'\\0')
          for root, _, names in os.walk('again'):
              for name in names: out.write(root + '/' + name, root.replace('again', 'export_900000021', 1) + '/' + name)
      """, []
    ),
    (
      "nested.zip",
      "with zipfile.ZipFile('nested.zip', 'w') as out: out.write('ZIP')", []
    ),
    (
      "bare.csv", "zipfile.ZipFile('ZIP').extract('activities.csv'); os.rename('activities.csv', 'bare.csv')",
      ["--athlete", "900000021"]
    ),
    (
      "export_900000021/activities.csv.gz",
      """
      os.mkdir('export_900000021')
      text = zipfile.ZipFile('ZIP').read('activities.csv')
      open('export_900000021/activities.csv.gz', 'wb').write(gzip.compress(text))
      """, []
    ),
    (
      "windows.csv",
      """
      text = zipfile.ZipFile('ZIP').read('activities.csv').replace(b'\\r\\n', b'\\n').replace(b'\\n', b'\\r\\n')
      open('windows.csv', 'wb').write(b'\\xEF\\xBB\\xBF' + text)
      """, ["--athlete", "900000021"]
    ),
  ]

  @Test func everyFormGivesTheSameActivities() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let whole = try TestStore()
    let first = try whole.starting([zip]).ended()
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(first.summary.kinds == ["export_row": Counts(read: 20, new: 20)])
    #expect(first.summary.stubs == 1)
    let wanted = try whole.contentWithRows()
    #expect(wanted.count == 21)
    for (name, program, options) in Self.forms {
      let folder = try TemporaryFolder()
      try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
      try ArchiveFixture.python(program.replacing("ZIP", with: ArchiveFixture.fileName), in: folder)
      let store = try TestStore()
      let done = try store.starting([folder.path(name)] + options).ended()
      #expect(done.exitCode == 0, "\(name) \(done.errors)")
      #expect(done.summary.kinds == ["export_row": Counts(read: 20, new: 20)], "\(name)")
      // A file that was saved on Windows has other line breaks inside cells.
      if name != "windows.csv" { #expect(try store.contentWithRows() == wanted, "\(name)") }
      let checked = try ValidateOutcome([folder.path(name)] + options)
      #expect(checked.exitCode == 0 && checked.summary.kinds["export_row"]?.valid == 20, "\(name)")
    }
  }

  @Test func standardInputNeedsTheAthlete() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let table = ArchiveFixture.table(["Activity Type"], #"1,"Jan 5, 2020, 6:12:34 PM",Run"#)
    for input in [Command.Input.file(zip), .text(table)] {
      let refused = try ValidateOutcome(["-"], input: input)
      #expect(refused.rules.contains("SS102") && refused.exitCode == 1)
      #expect(refused.summary.total.read == 0)
      let checked = try ValidateOutcome(["-", "--athlete", "900000021"], input: input)
      #expect(checked.exitCode == 0 && checked.summary.total.valid > 0)
    }
  }

  @Test func namesThatDisagreeAreAnError() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write("export_5.zip", in: folder)
    let store = try TestStore()
    for (paths, words) in [
      ([zip], "the name of the archive says athlete 5, and profile.csv says athlete 900000021"),
      (
        [try ArchiveFixture.write(ArchiveFixture.fileName, in: folder), "--athlete", "6"],
        "the name of the archive says athlete 900000021, and --athlete says athlete 6"
      ),
    ] {
      let done = try store.starting(paths).ended()
      #expect(done.exitCode == 1)
      #expect(done.rules == ["SS103"])
      #expect(done.errors.contains(words), "\(done.errors)")
      #expect(done.summary.total.read == 0)
    }
    #expect(try store.untrue("db.activities.count_documents({}) == 0", "db.users.count_documents({}) == 0") == [])
  }

  /// What is not read is listed by its name. Files with secrets, a home address or other people are never opened, even
  /// if they are asked for.
  @Test func theOtherMembersAreListed() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    for options in [[], ["--include", "*.csv", "--include", "*.json", "--exclude", "[!aclmp]*.csv"]] {
      let checked = try ValidateOutcome([zip] + options)
      let listed = try #require(checked.findings.first { $0.rule == "SS018" })
      for name in ["contacts.csv", "logins.csv", "messaging.json", "privacy_zones.csv"] {
        #expect(listed.message.contains(name), "\(listed.message)")
      }
      if options.isEmpty {
        #expect(checked.exitCode == 0)
        #expect(listed.message.contains("bikes.csv, clubs.csv") && listed.message.contains(".fit.gz 17"))
      }
      #expect(!checked.findings.contains { $0.file?.contains("logins") == true })
      #expect(checked.summary.kinds["export_row"]?.valid == 20)
    }
  }

  /// Media and tracks cost nothing: they are neither read nor decompressed.
  @Test func largeMediaCostNothing() throws {
    let folder = try TemporaryFolder()
    let program = """
      size = \(Soak.size(300, soak: 3000)) << 20
      with zipfile.ZipFile('\(ArchiveFixture.fileName)', 'a') as out:
          with out.open(zipfile.ZipInfo('media/1.mp4'), 'w', force_zip64=True) as file:
              for _ in range(size >> 20): file.write(bytes(1 << 20))
          # A member that would expand without end.
          out.writestr('media/2.mp4', bytes(64 << 20), zipfile.ZIP_DEFLATED)
      """
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let (_, _, plain) = try StravaStore.command(["validate", zip]).measured()
    try ArchiveFixture.python(program, in: folder)
    let (outcome, peak, seconds) = try StravaStore.command(["validate", zip]).measured()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("export_row    20     20"), "\(outcome.errors)")
    #expect(Sanitizer.isOn || peak < 64 << 20)
    #expect(Sanitizer.isOn || seconds < plain + 0.2, "\(plain) \(seconds)")
  }

  @Test func sharesMakeTheWhole() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder, ["--count", "100"])
    let shares = try (1...3).map { share in
      try ImportOutcome(StravaStore.run(["import", "--dry-run", "--json", "--partition", "\(share)/3", zip]))
    }
    #expect(shares.allSatisfy { $0.exitCode == 0 })
    #expect(shares.reduce(0) { $0 + ($1.summary.kinds["export_row"]?.valid ?? 0) } == 100)
    #expect(shares.allSatisfy { ($0.summary.kinds["export_row"]?.valid ?? 0) > 20 })
  }
}
