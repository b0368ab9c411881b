import Findings
import Foundation
import SourceText
import Support
import Testing

/// Compressed files and archives give back what was put in, and damage never looks like the end of the input.
struct InputArchiveTests {
  /// 200 kB that compress badly, with the same bytes in Swift and Python.
  static let text = Array((0..<20_000).map { "{\"id\": \($0 * 7919 % 20011)}\n" }.joined().utf8)
  static let pythonText =
    "T = ''.join('{\"id\": %d}\\n' % (i * 7919 % 20011) for i in range(20000)).encode()\n"

  @Test(arguments: [
    ("f", "open('f', 'wb').write(T)"),
    ("f.json", "open('f.json', 'wb').write(gzip.compress(T))"),
    ("f", "open('f', 'wb').write(gzip.compress(T[:99]) + gzip.compress(b'') + gzip.compress(T[99:]))"),
    ("f.gz", "open('f.gz', 'wb').write(gzip.compress(T) + bytes(1000))"),
    ("f.json.gz", "open('f.json.gz', 'wb').write(T)"),
    ("f", "open('f', 'wb').write(bz2.compress(T[:99]) + bz2.compress(T[99:]))"),
    ("f", "open('f', 'wb').write(lzma.compress(T[:99]) + lzma.compress(T[99:]))"),
    ("f", "open('f', 'wb').write(gzip.compress(bz2.compress(T)))"),
  ])
  func oneFileIsItsContent(name: String, script: String) throws {
    let folder = try FixtureFolder(Self.pythonText + script)
    for buffer in [7, 4096, 1 << 20] {
      let reading = folder.read(name, buffer: buffer)
      #expect(reading.names == [name])
      #expect(reading.contents == [Self.text])
      #expect(reading.findings.isEmpty)
    }
  }

  @Test(arguments: [
    "m = 'w:'; n = 'f.tar'", "m = 'w:gz'; n = 'f.tgz'", "m = 'w:bz2'; n = 'f.tar.bz2'",
    "m = 'w:xz'; n = 'f.TAR.XZ'",
    "m = 'w:'; n = 'f.tar'; F = tarfile.USTAR_FORMAT", "m = 'w:'; n = 'f.tar'; F = tarfile.GNU_FORMAT",
  ])
  func tarMembersAreSources(script: String) throws {
    let folder = try FixtureFolder(
      Self.pythonText + "F = tarfile.PAX_FORMAT\n" + script + """

        os.mkdir('d')
        with tarfile.open('d/' + n, m, format=F) as t:
          def put(name, data, **more):
            i = tarfile.TarInfo(name); i.size = len(data)
            for k, v in more.items(): setattr(i, k, v)
            t.addfile(i, io.BytesIO(data))
          put('./activities', b'', type=tarfile.DIRTYPE)
          put('./activities/1.json', T)
          put('README.md', b'hello')
          put('activities/._1.json', b'shadow')
          put('Zürich-%s.ndjson' % ('x' * 60), b'{}')
          put('nested.json.gz', gzip.compress(T))
          put('link.json', b'', type=tarfile.SYMTYPE, linkname='README.md')
        """)
    let reading = folder.read("d")
    let archive = try #require(reading.names.first?.split(separator: "/").prefix(2).joined(separator: "/"))
    let long = "Zürich-" + String(repeating: "x", count: 60) + ".ndjson"
    #expect(reading.names == ["activities/1.json", long, "nested.json.gz"].map { "\(archive)/\($0)" })
    #expect(reading.contents == [Self.text, Array("{}".utf8), Self.text])
    #expect(reading.rules == [.nothingToRead, .notLookedAt])
    #expect(reading.findings.last?.message.hasPrefix("2 files skipped, not looked at: .md 1, hidden 1;") == true)
    #expect(reading.findings.first?.file == "\(archive)/link.json")
    #expect(reading.findings.first?.severity == .note)
  }

  static let zip =
    pythonText + """
      with zipfile.ZipFile('f.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('activities/', '')
        z.writestr('activities/1.json', T)
        z.writestr('media/photo.jpg', T)
        z.writestr('__MACOSX/activities/._1.json', 'shadow')
        z.writestr('Zürich.json', T, zipfile.ZIP_STORED)
        z.writestr('a.json.bz2', bz2.compress(T))
        z.writestr('b.json', T, zipfile.ZIP_BZIP2)
        z.writestr('c.json', T, zipfile.ZIP_LZMA)
        z.writestr('old.zip', 'PK')
      b = open('f.zip', 'rb').read()

      """

  @Test func zipMembersAreSourcesFromAFileAndFromAPipe() throws {
    let folder = try FixtureFolder(Self.zip + "os.mkfifo('pipe')")
    let members = ["activities/1.json", "Zürich.json", "a.json.bz2", "b.json", "c.json"]
    let writer = try folder.start("open('pipe', 'wb').write(open('f.zip', 'rb').read())")
    for name in ["f.zip", "pipe"] {
      let reading = folder.read(name)
      #expect(reading.names == members.map { "\(name)/\($0)" })
      #expect(reading.contents == members.map { _ in Self.text })
      #expect(reading.rules == [.damagedArchive, .notLookedAt])
      #expect(reading.findings.map(\.file) == ["\(name)/old.zip", name])
    }
    _ = try writer.wait()
  }

  @Test func aMemberNameThatIsNotUTF8IsGivenLossily() throws {
    let folder = try FixtureFolder(
      """
      zipfile.ZipFile('f.zip', 'w').writestr('ABC.json', '1')
      b = open('f.zip', 'rb').read().replace(b'ABC', b'\\xffB\\xe9'); open('f.zip', 'wb').write(b)
      with tarfile.open('f.tar', 'w', format=tarfile.USTAR_FORMAT, encoding='latin-1') as t:
        i = tarfile.TarInfo('\\xe9.json'); i.size = 1; t.addfile(i, io.BytesIO(b'2'))
      """)
    let reading = folder.read()
    #expect(reading.texts == ["2", "1"])
    #expect(reading.names == ["f.tar/\u{FFFD}.json", "f.zip/\u{FFFD}B\u{FFFD}.json"])
    #expect(reading.findings.isEmpty)
  }

  @Test func archivesInArchivesAreReadOneLevelDeep() throws {
    let folder = try FixtureFolder(
      Self.pythonText + """
        def zip_of(**members):
          b = io.BytesIO()
          with zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED) as z:
            for n, d in members.items(): z.writestr(n.replace('__', '.'), d)
          return b.getvalue()
        def tar_of(mode, **members):
          b = io.BytesIO()
          with tarfile.open(fileobj=b, mode=mode) as t:
            for n, d in members.items():
              i = tarfile.TarInfo(n.replace('__', '.')); i.size = len(d); t.addfile(i, io.BytesIO(d))
          return b.getvalue()
        inner = zip_of(a__json=T, b__txt=b'x')
        open('1.zip', 'wb').write(zip_of(inner__zip=inner, last__json=b'{}'))
        open('2.zip', 'wb').write(zip_of(inner__tar__gz=tar_of('w:gz', a__json=T), x__json__gz=gzip.compress(T)))
        open('3.tar', 'wb').write(tar_of('w:', inner__zip=inner, misnamed__json=inner))
        open('4.zip', 'wb').write(zip_of(middle__zip=zip_of(inner__zip=inner), last__json=b'{}'))
        open('5.zip', 'wb').write(zip_of(cut__zip=inner[:-30]))
        """)
    let first = folder.read("1.zip")
    #expect(first.names == ["1.zip/inner.zip/a.json", "1.zip/last.json"])
    #expect(first.contents.first == Self.text)
    #expect(first.findings.map(\.file) == ["1.zip/inner.zip"])
    #expect(folder.read("2.zip").names == ["2.zip/inner.tar.gz/a.json", "2.zip/x.json.gz"])
    #expect(folder.read("3.tar").names == ["3.tar/inner.zip/a.json", "3.tar/misnamed.json/a.json"])
    let deeper = folder.read("4.zip")
    #expect(deeper.names == ["4.zip/last.json"])
    #expect(deeper.findings.map(\.file) == ["4.zip/middle.zip/inner.zip"])
    #expect(deeper.hasError)
    let cut = folder.read("5.zip")
    #expect(cut.rules.contains(.damagedArchive) && cut.hasError)
  }

  @Test func anArchiveThatGivesNothingIsAnError() throws {
    let folder = try FixtureFolder(
      """
      import struct, zlib
      with tarfile.open('links.tar', 'w') as t:
        i = tarfile.TarInfo('b.json'); i.type = tarfile.SYMTYPE; i.linkname = 'a.json'; t.addfile(i)
      with zipfile.ZipFile('outer.zip', 'w') as z:
        b = io.BytesIO(); zipfile.ZipFile(b, 'w').close(); z.writestr('inner.zip', b.getvalue())
      n, d = b'akt\\xff.json', b'{}'
      h = struct.pack('<HHHHHIIIHH', 20, 0x800, 0, 0, 0x21, zlib.crc32(d), len(d), len(d), len(n), 0)
      c = b'PK\\1\\2' + struct.pack('<H', 20) + h + struct.pack('<HHHII', 0, 0, 0, 0, 0) + n
      l = b'PK\\3\\4' + h + n + d
      open('name.zip', 'wb').write(l + c + b'PK\\5\\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, len(c), len(l), 0))
      """)
    for name in ["links.tar", "outer.zip", "name.zip"] {
      let reading = folder.read(name)
      #expect(reading.names.isEmpty)
      #expect(reading.hasError, "\(name)")
    }
  }

  @Test func zstandardIsReadInOneFrameOrMoreAndInTar() throws {
    let folder = try FixtureFolder()
    try folder.write(ZstandardSamples.json, to: "1.json.zst")
    try folder.write(ZstandardSamples.frames, to: "2.json.zst")
    try folder.write(ZstandardSamples.tar, to: "3.tar.zst")
    let reading = folder.read()
    let objects = ["{\"id\": 1}\n", "{\"id\": 2}\n"]
    #expect(reading.names == ["1.json.zst", "2.json.zst", "3.tar.zst/1.json", "3.tar.zst/2.json"])
    #expect(reading.texts == ["[{\"id\": 1},{\"id\": 2},{\"id\": 3}]\n", objects.joined()] + objects)
    #expect(reading.findings.isEmpty)
  }

  @Test func tarsPutOneAfterTheOtherAreAllRead() throws {
    let folder = try FixtureFolder(
      """
      for n in '12':
        with tarfile.open(n + '.tar', 'w') as t:
          i = tarfile.TarInfo(n + '.json'); i.size = 1; t.addfile(i, io.BytesIO(n.encode()))
      open('f.tar', 'wb').write(open('1.tar', 'rb').read() + open('2.tar', 'rb').read())
      """)
    #expect(folder.read("f.tar").texts == ["1", "2"])
  }

  @Test func anEncryptedMemberIsDamage() throws {
    let folder = try FixtureFolder()
    let base64 =
      "UEsDBBQACQBjAAAAIQAAAAAAAAAAAAkAAAAGAB8AMS5qc29uVVQBAAB1eAsAAQQAAAAABAAAAAABmQcAAgBBRQMIAIfzzk2VQqIVdTgB"
      + "EpdZqkjQExfbNRtCzqHXDUTLhlCTEoKHsevze1BLBwgAAAAAJwAAAAkAAABQSwECFAMUAAkAYwAAACEAAAAAACcAAAAJAAAABgAfAAAA"
      + "AAAAAAAApIEAAAAAMS5qc29uVVQBAAB1eAsAAQQAAAAABAAAAAABmQcAAgBBRQMIAFBLBQYAAAAAAQABAFMAAAB6AAAAAAA="
    try folder.write([UInt8](try #require(Data(base64Encoded: base64))), to: "f.zip")
    let reading = folder.read()
    #expect(reading.names.isEmpty)
    #expect(reading.rules == [.damagedArchive])
    #expect(reading.findings.first?.file == "f.zip/1.json")
  }

  @Test func membersBeforeTheDamageAreGiven() throws {
    let folder = try FixtureFolder(
      Self.zip + """
        open('cut.zip', 'wb').write(b[:b.index('Zürich'.encode()) + 5000])
        c = bytearray(b); c[b.index(b'activities/1.json') + 300] ^= 255; open('flipped.zip', 'wb').write(c)
        """)
    let cut = folder.read("cut.zip")
    #expect(cut.names == ["cut.zip/activities/1.json", "cut.zip/Zürich.json"])
    #expect(cut.contents.first == Self.text)
    #expect(cut.contents.last.map { Self.text.starts(with: $0) && $0.count > 4000 } == true)
    #expect(cut.rules == [.damagedArchive])
    #expect(cut.findings.first?.file == "cut.zip/Zürich.json")

    // The zip's directory leads to the members after the damaged one.
    let flipped = folder.read("flipped.zip")
    #expect(flipped.names == ["Zürich.json", "a.json.bz2", "b.json", "c.json"].map { "flipped.zip/\($0)" })
    #expect(flipped.contents.allSatisfy { $0 == Self.text })
    #expect(flipped.rules == [.damagedArchive, .damagedArchive, .notLookedAt])
    #expect(flipped.findings.first?.file == "flipped.zip/activities/1.json")
  }

  @Test func sixtyFourMebibytesOfZerosInAZipPassInLittleMemory() throws {
    let folder = try FixtureFolder(
      """
      with zipfile.ZipFile('f.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        with z.open('zeros.json', 'w') as f:
          for i in range(64): f.write(bytes(1 << 20))
      """)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    let before = try Self.residentBytes()
    var most = before
    var total = 0
    var findings: [Finding] = []
    InputSet(paths: [folder.path]).forEachSource {
      findings.append($0)
    } body: { source in
      while true {
        let count = source.read(into: buffer)
        if count == 0 { return true }
        total += count
        if total % (8 << 20) == 0, let now = try? Self.residentBytes() { most = max(most, now) }
      }
    }
    #expect(total == 64 << 20)
    #expect(findings.isEmpty)
    #expect(most - before < 32 << 20)
  }

  private static func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1])) * 4096
  }
}

enum ZstandardSamples {
  static let json = bytes("KLUv/QRoxQAAgFt7ImlkIjogMX0sMjN9XQoCAKCIZsULG/ZGFw==")
  static let frames = bytes("KLUv/QRYUQAAeyJpZCI6IDF9CmpylLMotS/9BFhRAAB7ImlkIjogMn0K2wIMww==")
  static let tar = bytes(
    "KLUv/QRo5QIAogMMEbDrp2fGo/iwsEkoA8hWopwCqmoQMxRxkIB2a7HfzLj27AfnXvO+Nf97l9xqtTQyDyBAMy5WA/3fQ3311FxllQFSQj7V"
      + "SZAKMCEw4kD43zN5KxAYFMB0elt4g6aM")

  private static func bytes(_ base64: String) -> [UInt8] {
    Data(base64Encoded: base64).map { [UInt8]($0) } ?? []
  }
}
