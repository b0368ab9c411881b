import CArchive
import Findings

/// The members of a zip or tar, one after the other; as a layer, the data of the current member.
final class ArchiveMembers: ByteLayer {
  struct Member {
    /// The path inside the archive.
    var name: String
    /// nil for directories and other kinds of files.
    var content: Content?
  }

  enum Content {
    case text
    /// Looked for, but not read.
    case refused(Finding)
    case passedOver(InputSelection.Reason)
  }

  private let format: ArchiveReader.Content
  private let selection: InputSelection
  private var reader: ArchiveReader
  /// A zip in a regular file, with the directory at its end that leads past a damaged member.
  private let file: FileLayer?
  private var count = 0
  private var restarts = 0

  init(_ format: ArchiveReader.Content, _ layer: any ByteLayer, _ selection: InputSelection) throws(InputFailure) {
    self.format = format
    self.selection = selection
    file = nil
    reader = try ArchiveReader(format, ArchiveFeed(layer))
  }

  init(zip file: FileLayer, _ selection: InputSelection) throws(InputFailure) {
    format = .zip
    self.selection = selection
    self.file = Self.zipMemberCount(try file.tail(ArchiveFeed.tailSize)) == nil ? nil : file
    reader = try ArchiveReader(.zip, ArchiveFeed(seekable: file))
  }

  /// After this no member can be read: the last one's failure was the archive's too.
  var hasEnded: Bool { reader.isDead && !canRestart }

  /// Each restart reads the directory again, so an archive damaged all over must not ask for many.
  private var canRestart: Bool { file != nil && restarts < 100 }

  func next() throws(InputFailure) -> Member? {
    if reader.isDead, let file {
      restarts += 1
      reader = try ArchiveReader(.zip, ArchiveFeed(seekable: file))
      for _ in 0..<count { _ = try reader.nextEntry { _ in } }
    }
    let ordinal = count + 1
    guard let member = try reader.nextEntry({ member($0, ordinal) }) else {
      try checkEnd()
      return nil
    }
    count = ordinal
    return member
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    do throws(InputFailure) {
      return try reader.readData(into: buffer)
    } catch {
      var error = error
      if hasEnded { error.message += "; the rest of the archive was not read" }
      throw error
    }
  }

  private func member(_ entry: OpaquePointer, _ ordinal: Int) -> Member {
    guard let path = archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry) else {
      let finding = Finding(
        .nothingToRead,
        "the name of this archive member cannot be decoded, so it was not read; unpack the archive and pass the file"
      )
      return Member(name: "(member \(ordinal))", content: .refused(finding))
    }
    var name = String(cString: path)
    while name.hasPrefix("./") { name.removeFirst(2) }
    return Member(name: name, content: content(entry, Array(name.utf8)))
  }

  private func content(_ entry: OpaquePointer, _ path: [UInt8]) -> Content? {
    let isLink = archive_entry_filetype(entry) == 0o120000 || archive_entry_hardlink(entry) != nil
    guard isLink || archive_entry_filetype(entry) == 0o100000 else { return nil }
    if let objection = selection.objection(toFile: path) { return .passedOver(objection) }
    if isLink {
      return .refused(Finding(.nothingToRead, "the archive member is a link and was skipped", severity: .note))
    }
    if archive_entry_is_data_encrypted(entry) != 0 {
      return .refused(Finding(.damagedArchive, "the archive member is encrypted; unpack it with its password first"))
    }
    return .text
  }

  /// libarchive takes any place between two members of a tar for its end, and passes over a zip's member whose
  /// header is damaged: the archive's own last words tell.
  private func checkEnd() throws(InputFailure) {
    let end = try reader.feed.endOfStream()
    if format == .tar {
      guard end.count >= 512, end.suffix(512).allSatisfy({ $0 == 0 }) else {
        throw .damaged("the archive is truncated: the end marker of the tar is missing")
      }
      return
    }
    guard let listed = Self.zipMemberCount(end) else {
      throw .damaged("the archive is truncated: the end of the zip directory is missing")
    }
    // 16 bits, and all of them set where the number is in a zip64 record.
    if listed != 0xFFFF, listed != count & 0xFFFF {
      throw .damaged("the archive is damaged: the zip directory lists \(listed) members, but \(count) were found")
    }
  }

  /// What the end record of a zip's directory says; nil without one.
  private static func zipMemberCount(_ end: [UInt8]) -> Int? {
    guard end.count >= 22 else { return nil }
    for start in stride(from: end.count - 22, through: 0, by: -1)
    where end[start..<start + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06]) {
      return Int(end[start + 10]) | Int(end[start + 11]) << 8
    }
    return nil
  }
}
