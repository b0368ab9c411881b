import CArchive
import Findings

/// The members of a zip or tar, in their order. As a layer, it provides the data of the current member.
final class ArchiveMembers: ByteLayer {
  struct Member {
    /// The path inside the archive.
    var name: String
    /// What the member contains; nil for directories and for other members that are neither files nor links.
    var content: Content?
  }

  enum Content {
    case text
    /// The member is looked for, but cannot be read.
    case refused(Finding)
    case passedOver(InputSelection.Reason)
  }

  private let format: ArchiveReader.Content
  private let selection: InputSelection
  private var reader: ArchiveReader
  /// The regular file of a zip; nil for other archives. The directory at the end of the file makes it possible to
  /// continue after a damaged member.
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

  /// Whether no further member can be read, because the last failure affected the whole archive.
  var hasEnded: Bool { reader.isDead && !canRestart }

  /// Whether the archive can be opened again after a failure. Each restart reads the directory again, so the number of
  /// restarts is limited, for archives that are damaged everywhere.
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

  /// Checks the end of the archive. libarchive treats any position between two members of a tar as its end, and skips a
  /// member of a zip whose header is damaged. Only the last bytes of the archive show what is missing.
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
    // The field has 16 bits. All of them are set if the number is in a zip64 record.
    if listed != 0xFFFF, listed != count & 0xFFFF {
      throw .damaged("the archive is damaged: the zip directory lists \(listed) members, but \(count) were found")
    }
  }

  /// Returns the number of members according to the end record of a zip's directory; nil without an end record.
  private static func zipMemberCount(_ end: [UInt8]) -> Int? {
    guard end.count >= 22 else { return nil }
    for start in stride(from: end.count - 22, through: 0, by: -1)
    where end[start..<start + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06]) {
      return Int(end[start + 10]) | Int(end[start + 11]) << 8
    }
    return nil
  }
}
