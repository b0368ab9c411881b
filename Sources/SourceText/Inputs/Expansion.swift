/// The number of bytes to which one compressed file has expanded so far, and their limit. Layers inside layers, zip
/// members that overlap, and long runs of one byte expand without end. Records do not, even if all of them are the
/// same.
final class Expansion {
  /// The number of bytes to which a file of any size may expand.
  private static let free = 64 << 20
  /// Beyond that, the maximum number of bytes for each stored byte. The bytes of all layers are counted, so those of a
  /// tar count twice. Dumps of records stay below 100. One record that is repeated reaches 12,000 (zstd), or 3,300 if
  /// the ids differ.
  private static let most = 25_000

  private let file: FileLayer
  private var bytes = 0

  init(of file: FileLayer) { self.file = file }

  var isExceeded: Bool { bytes > Self.free && bytes / Self.most > file.storedBytes }

  /// Counts bytes, and throws if the limit is exceeded.
  func add(_ count: Int) throws(InputFailure) {
    bytes += count
    if isExceeded {
      throw .damaged(
        "the compressed data expands to more than 25,000 times its size, so the rest was not read; if that is intended, "
          + "decompress it first and pass the result")
    }
  }
}

/// A layer that counts the bytes of a decompressor.
final class ExpandingLayer: ByteLayer {
  private let below: any ByteLayer
  private let expansion: Expansion

  init(_ below: any ByteLayer, _ expansion: Expansion) {
    self.below = below
    self.expansion = expansion
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    let count = try below.read(into: buffer)
    try expansion.add(count)
    return count
  }
}
