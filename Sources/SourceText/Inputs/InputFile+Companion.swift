import Findings

/// Reading of small files that are beside an input.
extension InputFile {
  /// The maximum number of bytes that are read of a companion.
  private static let longestCompanion = 64 << 10

  /// Returns the first bytes of a file in the same directory; nil if there is none.
  func companion(_ name: String) -> [UInt8]? {
    guard kind == .regular else { return nil }
    let folder = path.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? []
    let file = InputFile(path: folder + Array(name.utf8), kind: .regular, storedBytes: 0)
    return try? Self.head(of: FileLayer(file))
  }

  /// Returns the first bytes of a member of this zip in the same folder as another member; nil if there is none.
  func companion(_ name: String, ofMember member: String) -> [UInt8]? {
    let folder = member.lastIndex(of: "/").map { member[...$0] } ?? ""
    guard let file = try? FileLayer(self),
      let archive = try? ArchiveMembers(zip: file, InputSelection(including: [name]))
    else { return nil }
    while let next = try? archive.next() {
      guard next.name == folder + name, case .text = next.content else { continue }
      return try? Self.head(of: archive)
    }
    return nil
  }

  private static func head(of layer: any ByteLayer) throws(InputFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: longestCompanion)
    var filled = 0
    while filled < bytes.count {
      var failure: InputFailure?
      let count = bytes.withUnsafeMutableBytes { buffer -> Int in
        do throws(InputFailure) {
          return try layer.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      if count == 0 { break }
      filled += count
    }
    return Array(bytes.prefix(filled))
  }
}
