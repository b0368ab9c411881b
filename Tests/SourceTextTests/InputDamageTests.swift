import Findings
import Foundation
import SourceText
import Support
import Testing

/// Small files are cut after each byte, and have each byte changed. The text is either complete or comes with an error.
struct InputDamageTests {
  static let members = """
    D = [b'{"id": %d, "name": "%s"}' % (i, bytes([97 + i]) * 20) for i in range(3)]
    def tar():
      f = io.BytesIO()
      with tarfile.open(fileobj=f, mode='w', format=tarfile.USTAR_FORMAT) as t:
        for n, d in enumerate(D):
          i = tarfile.TarInfo('%d.json' % n); i.size = len(d); t.addfile(i, io.BytesIO(d))
      return f.getvalue()

    """

  @Test(arguments: [
    ("f.json.gz", "gzip.compress(D[0])"), ("f.json.gz", "gzip.compress(D[0], 0)"),
    ("f.json.bz2", "bz2.compress(D[0])"),
    ("f.json.xz", "lzma.compress(D[0])"),
    ("f.json.gz", "gzip.compress(bz2.compress(D[0]))"), ("f.tar.gz", "gzip.compress(tar())"),
    ("f.tar.bz2", "bz2.compress(tar())"), ("f.tar.xz", "lzma.compress(tar())"),
  ])
  func aCompressedFileThatIsCutIsAnError(name: String, content: String) throws {
    let folder = try FixtureFolder(Self.members + "open('\(name)', 'wb').write(\(content))")
    try expectErrorForEachCut(folder, name)
  }

  /// A file that is cut between two members is a valid file, so each member is cut separately.
  @Test(arguments: [("f.gz", "gzip.compress"), ("f.bz2", "bz2.compress"), ("f.xz", "lzma.compress")])
  func aSecondMemberThatIsCutIsAnError(name: String, compress: String) throws {
    let folder = try FixtureFolder(
      Self.members
        + "a = \(compress)(D[0]); open('first', 'wb').write(a); open('\(name)', 'wb').write(a + \(compress)(D[1]))"
    )
    try expectErrorForEachCut(folder, name, from: try folder.bytes("first").count + 1)
  }

  @Test func zstandardThatIsCutIsAnErrorSaveBetweenFrames() throws {
    let folder = try FixtureFolder()
    try folder.write(ZstandardSamples.json, to: "f.zst")
    try expectErrorForEachCut(folder, "f.zst", from: 4)
    try folder.write(ZstandardSamples.frames, to: "f.zst")
    let frame = ZstandardSamples.frames.count / 2
    try expectErrorForEachCut(folder, "f.zst", from: frame + 1)
    try folder.write(ZstandardSamples.tar, to: "f.tar.zst")
    try expectErrorForEachCut(folder, "f.tar.zst")
  }

  @Test func aTarThatIsCutIsAnError() throws {
    let folder = try FixtureFolder(Self.members + "open('f.tar', 'wb').write(tar())")
    // The archive has three members of two blocks each, then the end marker, of which one block is enough.
    try expectErrorForEachCut(folder, "f.tar", upTo: 6 * 512 + 512, step: 64)
  }

  @Test func aZipThatIsCutIsAnError() throws {
    let folder = try FixtureFolder(
      Self.members + """
        with zipfile.ZipFile('f.zip', 'w', zipfile.ZIP_DEFLATED) as z:
          for i, d in enumerate(D): z.writestr('%d.json' % i, d)
        """)
    try expectErrorForEachCut(folder, "f.zip")
  }

  private func expectErrorForEachCut(
    _ folder: FixtureFolder, _ name: String, from start: Int = 1, upTo limit: Int? = nil, step: Int = 1
  ) throws {
    let whole = try folder.bytes(name)
    let reading = folder.read(name)
    #expect(!reading.contents.isEmpty && reading.findings.isEmpty)
    for length in stride(from: start, to: limit ?? whole.count, by: step) {
      try folder.write(Array(whole[..<length]), to: name)
      let cut = folder.read(name)
      #expect(
        cut.rules == [.damagedArchive] && cut.hasError, "\(name) cut after \(length) of \(whole.count) bytes")
      for (content, full) in zip(cut.contents, reading.contents) {
        #expect(full.starts(with: content), "\(name) cut after \(length) bytes")
      }
    }
    try folder.write(whole, to: name)
  }

  @Test(arguments: [
    ("f.json.gz", "gzip.compress(D[0])"), ("f.json.gz", "gzip.compress(D[0], 0)"),
    ("f.json.gz", "gzip.compress(D[0]) + gzip.compress(D[1])"), ("f.json.bz2", "bz2.compress(D[0])"),
    ("f.json.xz", "lzma.compress(D[0])"), ("f.tar.gz", "gzip.compress(tar())"),
  ])
  func aChangedByteIsAnErrorWhereItChangesTheContent(name: String, content: String) throws {
    let folder = try FixtureFolder(Self.members + "open('\(name)', 'wb').write(\(content))")
    try expectErrorOrWhole(folder, name, of: 0..<folder.bytes(name).count)
  }

  @Test func aChangedByteOfZstandardIsAnError() throws {
    let folder = try FixtureFolder()
    try folder.write(ZstandardSamples.frames, to: "f.json.zst")
    try expectErrorOrWhole(folder, "f.json.zst", of: ZstandardSamples.frames.indices)
  }

  /// A tar has no checksum for its members' data.
  @Test func aChangedByteOfATarHeaderIsAnError() throws {
    let folder = try FixtureFolder(Self.members + "open('f.tar', 'wb').write(tar())")
    try expectErrorOrWhole(folder, "f.tar", of: 0..<512)
    try expectErrorOrWhole(folder, "f.tar", of: 1024..<1536)
  }

  /// The zip comes from a pipe, so its directory at the end comes too late. The names (and their length, at offset 26)
  /// have no checksum.
  @Test(arguments: [0, 1, 2, 3, 14, 18, 22, 36, 40, 50])
  func aChangedByteOfAZipMemberIsAnError(offset: Int) throws {
    let folder = try FixtureFolder(
      Self.members + """
        with zipfile.ZipFile('f.zip', 'w', zipfile.ZIP_DEFLATED) as z:
          for i, d in enumerate(D): z.writestr('%d.json' % i, d)
          print(z.infolist()[1].header_offset, file=open('offset', 'w'))
        os.mkfifo('pipe')
        """)
    let whole = folder.read("f.zip")
    let member = try #require(
      Int(String(decoding: folder.bytes("offset"), as: UTF8.self).split(separator: "\n")[0]))
    var bytes = try folder.bytes("f.zip")
    bytes[member + offset] ^= 0x55
    try folder.write(bytes, to: "f.zip")
    let writer = try folder.start("open('pipe', 'wb').write(open('f.zip', 'rb').read())")
    for name in ["f.zip", "pipe"] {
      let reading = folder.read(name)
      #expect(reading.hasError || reading.contents == whole.contents, "\(name), byte \(offset) of the member")
    }
    _ = try writer.wait()
  }

  private func expectErrorOrWhole(_ folder: FixtureFolder, _ name: String, of offsets: Range<Int>) throws {
    let whole = try folder.bytes(name)
    let reading = folder.read(name)
    #expect(!reading.contents.isEmpty && reading.findings.isEmpty)
    var errors = 0
    for offset in offsets {
      var bytes = whole
      bytes[offset] ^= 0x10
      try folder.write(bytes, to: name)
      let changed = folder.read(name)
      errors += changed.hasError ? 1 : 0
      #expect(changed.hasError || changed.contents == reading.contents, "\(name) with byte \(offset) changed")
    }
    #expect(errors > offsets.count / 2)
    try folder.write(whole, to: name)
  }

  @Test(arguments: ["gzip", "bz2", "lzma"])
  func whatFollowsCompressedDataIsAnError(module: String) throws {
    let folder = try FixtureFolder("open('f.json', 'wb').write(\(module).compress(b'{}') + b'{\"id\": 1}')")
    #expect(folder.read("f.json").rules == [.damagedArchive])
  }
}
