import Findings
import Foundation
import SourceText
import Support
import Testing

/// Which files are found, in which order and under which names, and what happens if files change while they are read.
struct InputTests {
  @Test func directoriesAreWalkedInByteOrderOfTheirRelativePaths() throws {
    let folder = try FixtureFolder(
      """
      os.makedirs('d/a/deep'); os.makedirs('d/.hidden'); os.makedirs('d/empty')
      for n in ['a.json', 'a/1.json', 'a/deep/2.NDJSON', 'a-1.jsonl', 'B.JSON', '.hidden/x.json', '._a.json',
                'readme.txt', 'a.geojson', 'json', 'a.json.bak', 'route.gz']:
        open('d/' + n, 'w').write(n)
      """)
    let reading = folder.read("d")
    let names = ["B.JSON", "a-1.jsonl", "a.geojson", "a.json", "a/1.json", "a/deep/2.NDJSON"]
    #expect(reading.names == names.map { "d/" + $0 })
    #expect(reading.texts == names)
    #expect(reading.rules == [.notLookedAt])
    #expect(
      reading.findings.first?.message.hasPrefix(
        "5 files skipped, not looked at: .bak 1, .gz 1, .txt 1, hidden 1, no extension 1; 1 folder skipped: .hidden 1")
        == true)
    #expect(folder.read("d/").names == reading.names)
  }

  @Test func endingsOfDumpsAreReadWithNumbersAndInUpperCase() throws {
    let read = [
      "a.geojson", "b.jsonlines", "c.json.1", "d.JSON.12", "e.Ndjson.3.gz", "f.json.gz", "g.jsonl", "h.GeoJSON.1.zst",
    ]
    let folder = try FixtureFolder(
      """
      os.mkdir('d')
      for n in \(read) + ['1', 'json.1', 'x.json.1a', 'x.txt.1', 'x.json.bak.1']:
        open('d/' + n, 'w').write('{}')
      """)
    let reading = folder.read("d")
    #expect(reading.names == read.map { "d/" + $0 })
  }

  @Test func foldersOfToolsAndMessagesOfOthersArePassedOver() throws {
    let folder = try FixtureFolder(
      """
      for n in ['d/a.json', 'd/node_modules/p/package.json', 'd/.git/b.json', 'd/sub/env/c.json', 'd/sub/env/pyvenv.cfg',
                'd/messaging.json', 'd/sub/Community_Content.json', 'd/community.json', 'd/track.GPX', 'd/b.fit.gz']:
        os.makedirs(os.path.dirname(n), exist_ok=True); open(n, 'w').write('{}')
      """)
    let reading = folder.read("d")
    #expect(reading.names == ["d/a.json", "d/community.json"])
    #expect(
      reading.findings.first?.message.hasPrefix(
        "2 files skipped, not looked at: .fit.gz 1, .gpx 1; 3 folders skipped: .git 1, env 1, node_modules 1; "
          + "not stored of the account archive: community_content.json, messaging.json; ") == true)
    #expect(folder.read("d/messaging.json").names == ["d/messaging.json"])
    #expect(folder.read("d/node_modules").names == ["d/node_modules/p/package.json"])
  }

  @Test(
    arguments: [
      ([], [], "a.json a/a.json a/b.json b.json"), ([], ["b*"], "a.json a/a.json"), ([], ["a"], "a.json b.json"),
      ([], ["a/*"], "a.json b.json"), ([], ["./a/b*"], "a.json a/a.json b.json"), (["*.txt"], [], "a.txt"),
      (["b.json", "a.txt"], [], "a.txt a/b.json b.json"), (["*.json"], ["a.*"], "a/b.json b.json"),
      (["a/*"], [], "a/a.json a/b.json"),
    ] as [([String], [String], String)])
  func patternsChooseFiles(included: [String], excluded: [String], read: String) throws {
    let folder = try FixtureFolder(
      """
      os.mkdir('a')
      for n in ['a.json', 'b.json', 'a.txt', 'a/a.json', 'a/b.json']: open(n, 'w').write('{}')
      with zipfile.ZipFile('all.zip', 'w') as z:
        for n in ['a.json', 'b.json', 'a.txt', 'a/a.json', 'a/b.json']: z.write(n)
      """)
    for (path, prefix) in [(folder.path, folder.path + "/"), (folder.path + "/all.zip", folder.path + "/all.zip/")] {
      var names: [String] = []
      InputSet(paths: [path], selection: InputSelection(including: included, excluding: excluded)).forEachSource { _ in
      } body: { source in
        names.append(String(source.name.dropFirst(prefix.count)))
        return true
      }
      #expect(names.filter { !$0.contains("all.zip") }.sorted().joined(separator: " ") == read, "\(path)")
    }
  }

  @Test func whatIsNamedIsReadInTheOrderGivenWhateverItsName() throws {
    let folder = try FixtureFolder(
      "open('b.txt', 'w').write('b'); open('.a', 'w').write('a'); open('empty.json', 'w')")
    let reading = folder.read("b.txt", ".a", "b.txt", "empty.json")
    #expect(reading.texts == ["b", "a", "b", ""])
    #expect(reading.findings.isEmpty)
  }

  @Test func aNameThatIsNotUTF8IsReadUnderALossyName() throws {
    let folder = try FixtureFolder("open(b'\\xff\\xe9.json', 'w').write('{}')")
    let reading = folder.read()
    #expect(reading.texts == ["{}"])
    #expect(reading.names == ["\u{FFFD}\u{FFFD}.json"])
  }

  @Test func symbolicLinksAreFollowedAndLoopsEnd() throws {
    let folder = try FixtureFolder(
      """
      os.makedirs('d/sub'); os.makedirs('far'); open('d/sub/1.json', 'w').write('1'); open('far/2.json', 'w').write('2')
      os.symlink('..', 'd/sub/up'); os.symlink('../far', 'd/linked'); os.symlink('../far/2.json', 'd/z.json')
      os.symlink('self.json', 'd/self.json'); os.symlink('nowhere', 'd/dangling.json'); os.symlink('no', 'd/other')
      """)
    let reading = folder.read("d")
    #expect(reading.names == ["d/linked/2.json", "d/sub/1.json", "d/z.json"])
    #expect(reading.texts == ["2", "1", "2"])
    #expect(reading.rules == [.unreadable, .unreadable])
    #expect(reading.findings.map(\.file) == ["d/dangling.json", "d/self.json"])
  }

  @Test func pipesAndSocketsInADirectoryArePassedOver() throws {
    let folder = try FixtureFolder(
      """
      os.mkfifo('pipe.json'); open('1.json', 'w').write('1')
      socket.socket(socket.AF_UNIX).bind('s.json')
      """)
    let reading = folder.read()
    #expect(reading.names == ["1.json"])
    #expect(reading.findings.isEmpty)
  }

  @Test func aNamedPipeIsReadAsAStream() throws {
    let folder = try FixtureFolder("os.mkfifo('pipe')")
    let writer = try folder.start("open('pipe', 'wb').write(gzip.compress(b'[1]' * 100000))")
    let reading = folder.read("pipe")
    _ = try writer.wait()
    #expect(reading.contents == [Array(repeatElement(Array("[1]".utf8), count: 100_000).joined())])
    #expect(reading.findings.isEmpty)
    #expect(InputSet(paths: [folder.path + "/pipe"]).totalBytes == nil)
    #expect(InputSet(paths: ["-"]).totalBytes == nil)
  }

  @Test func nothingToReadIsAnError() throws {
    let folder = try FixtureFolder(
      """
      os.makedirs('empty'); os.makedirs('readme/sub'); open('readme/sub/README.txt', 'w').write('hello')
      zipfile.ZipFile('readme.zip', 'w').writestr('README.txt', 'hello')
      zipfile.ZipFile('none.zip', 'w').close()
      """)
    for name in ["empty", "readme", "readme.zip", "none.zip"] {
      let reading = folder.read(name)
      #expect(reading.names.isEmpty)
      #expect(reading.rules == [.nothingToRead])
      #expect(reading.hasError)
      #expect(reading.findings.first?.file == name)
      #expect(reading.findings.first?.message.contains(".ndjson") == true)
    }
  }

  @Test func whatCannotBeReadIsReportedAndTheRestIsRead() throws {
    let folder = try FixtureFolder(
      "open('1.json', 'w').write('1'); os.symlink('/proc/self/mem', 'broken.json')")
    let reading = folder.read("absent.json", "1.json/x.json", "broken.json", "1.json")
    #expect(reading.names == ["1.json"])
    #expect(reading.rules == [.unreadable, .unreadable, .unreadable])
    #expect(reading.findings.map(\.file) == ["absent.json", "1.json/x.json", "broken.json"])
    #expect(reading.findings.filter(\.rule.isEnvironment).count == 3)
  }

  @Test func aFileThatVanishesAfterListingIsReported() throws {
    let folder = try FixtureFolder("open('1.json', 'w').write('1'); open('2.json', 'w').write('2')")
    let set = InputSet(paths: [folder.path])
    try folder.remove("1.json")
    var findings: [Finding] = []
    var names: [String] = []
    set.forEachSource {
      findings.append($0)
    } body: {
      names.append($0.name)
      return true
    }
    #expect(findings.map(\.rule) == [.unreadable])
    #expect(findings.first?.file == folder.path + "/1.json")
    #expect(names == [folder.path + "/2.json"])
  }

  @Test(arguments: [
    ("f.write(b'[4,5,6]')", Severity.warning, "[4,5,6]"), ("f.truncate(3)", .error, ""),
    ("os.utime('f.json', (1, 1))", .warning, ""),
  ])
  func aFileThatChangesWhileItIsReadIsReported(change: String, severity: Severity, appended: String) throws {
    let folder = try FixtureFolder("open('f.json', 'w').write('[1,2,3]' * 1000)")
    var findings: [Finding] = []
    var content: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 7000, alignment: 1)
    defer { buffer.deallocate() }
    try withExtendedLifetime(folder) {
      var failed: (any Error)?
      InputSet(paths: [folder.path + "/f.json"]).forEachSource {
        findings.append($0)
      } body: { source in
        content += buffer[..<source.read(into: buffer)]
        do { try folder.python("f = open('f.json', 'ab'); \(change)") } catch { failed = error }
        content += buffer[..<source.read(into: buffer)]
        return true
      }
      if let failed { throw failed }
    }
    #expect(findings.map(\.rule) == [.changedWhileRead])
    #expect(findings.map(\.severity) == [severity])
    #expect(findings.first?.file == folder.path + "/f.json")
    #expect(String(decoding: content, as: UTF8.self) == String(repeating: "[1,2,3]", count: 1000) + appended)
  }

  @Test func progressIsInStoredBytesAndEndsAtTheTotal() throws {
    let folder = try FixtureFolder(
      """
      open('1.json', 'wb').write(b'[1]' * 100); open('2.json.gz', 'wb').write(gzip.compress(b' ' * 9999))
      with zipfile.ZipFile('3.zip', 'w') as z:
        z.writestr('a.json', ' ' * 4000); z.writestr('b.json', ' ' * 5000)
      """)
    let set = InputSet(paths: [folder.path])
    let sizes = try ["1.json", "2.json.gz", "3.zip"].map { try folder.bytes($0).count }
    #expect(set.totalBytes == sizes.reduce(0, +))
    var progress: [Int] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100_000, alignment: 1)
    defer { buffer.deallocate() }
    set.forEachSource { _ in
    } body: { source in
      while source.read(into: buffer) > 0 {}
      progress.append(source.storedBytesRead)
      return true
    }
    #expect(progress.count == 4)
    #expect(progress.first == sizes[0])
    #expect(progress.dropFirst().first == sizes[0] + sizes[1])
    #expect(progress == progress.sorted())
    #expect(progress.allSatisfy { $0 <= sizes.reduce(0, +) })
  }

  @Test func falseFromTheBodyEndsTheWalk() throws {
    let folder = try FixtureFolder(
      """
      with zipfile.ZipFile('1.zip', 'w') as z:
        z.writestr('a.json', '1'); z.writestr('b.json', '2')
      open('2.json', 'w').write('3')
      """)
    var names: [String] = []
    InputSet(paths: [folder.path]).forEachSource { _ in
      Issue.record("an interrupted walk reports nothing")
    } body: {
      names.append($0.name)
      return false
    }
    #expect(names == [folder.path + "/1.zip/a.json"])
  }
}
