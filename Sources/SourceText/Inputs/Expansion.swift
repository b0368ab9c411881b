/// What the compressed bytes of one file have become so far. Layers in layers, zip members that overlap, and long runs of
/// one byte expand without an end; records do not, even where all are the same.
final class Expansion {
  /// Bytes that may come of a file of any size.
  private static let free = 64 << 20
  /// Beyond that: bytes that may come of each stored one, all layers counted, so that those of a tar count twice. Dumps
  /// of records stay below a hundred. One record again and again reaches 12,000 (zstd), and 3,300 where the ids differ.
  private static let most = 25_000

  private let file: FileLayer
  private var bytes = 0

  init(of file: FileLayer) { self.file = file }

  var isExceeded: Bool { bytes > Self.free && bytes / Self.most > file.storedBytes }

  func add(_ count: Int) throws(InputFailure) {
    bytes += count
    if isExceeded {
      throw .damaged(
        "the compressed data expands to more than 25,000 times its size, so the rest was not read; if that is intended, "
          + "decompress it first and pass the result")
    }
  }
}

/// What a decompressor gives, counted.
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
