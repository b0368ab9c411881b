/// The format of a stream, recognized by its first bytes. Only the content decides; names select the files to open.
enum Wrapping: Equatable {
  case plain
  case gzip, zstd, bzip2, xz
  case zip, tar

  init(head: [UInt8]) {
    switch head {
    case _ where head.starts(with: [0x1F, 0x8B, 0x08]): self = .gzip
    case _ where head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]): self = .zstd
    case _ where Self.isBzip2(head): self = .bzip2
    case _ where head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]): self = .xz
    // A zip begins with the header of a member or, if it is empty, with the end of the directory.
    case _ where head.starts(with: [0x50, 0x4B, 0x03, 0x04]): self = .zip
    case _ where head.starts(with: [0x50, 0x4B, 0x05, 0x06]): self = .zip
    case _ where Self.isTar(head): self = .tar
    default: self = .plain
    }
  }

  /// Returns whether the stream begins with "BZh", a level, and the magic number of a first block or, in an empty file,
  /// of the end.
  private static func isBzip2(_ head: [UInt8]) -> Bool {
    guard head.count >= 10, head.starts(with: [0x42, 0x5A, 0x68]), (0x31...0x39).contains(head[3]) else {
      return false
    }
    let block = head[4..<10]
    return block.elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
      || block.elementsEqual([0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
  }

  /// Returns whether the stream begins with the header of a tar. All kinds of tar have only the checksum of the header
  /// in common.
  private static func isTar(_ head: [UInt8]) -> Bool {
    guard head.count == 512 else { return false }
    let field = 148..<156
    let digits = head[field].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard !digits.isEmpty, let written = Int(String(decoding: digits, as: UTF8.self), radix: 8) else {
      return false
    }
    let sum = head.indices.reduce(0) { $0 + (field.contains($1) ? 0x20 : Int(head[$1])) }
    return sum == written
  }

  /// Removes up to three layers of compression, until JSON or an archive appears. Data inside more layers is returned
  /// as it is.
  static func peel(_ bottom: any ByteLayer, _ expansion: Expansion) -> Peeled {
    var layer = PeekLayer(bottom)
    for depth in 0..<3 {
      let expanded: any ByteLayer
      switch Wrapping(head: layer.head) {
      case .gzip: expanded = GzipLayer(layer)
      case .zstd: expanded = FilterLayer(.zstd, layer)
      case .bzip2: expanded = FilterLayer(.bzip2, layer)
      case .xz: expanded = FilterLayer(.xz, layer)
      case let end: return Peeled(layer: layer, wrapping: end, depth: depth)
      }
      layer = PeekLayer(ExpandingLayer(expanded, expansion))
    }
    return Peeled(layer: layer, wrapping: .plain, depth: 3)
  }
}

/// A stream from which the compression was removed.
struct Peeled {
  var layer: PeekLayer
  /// The format of the content: `plain`, `zip` or `tar`.
  var wrapping: Wrapping
  /// The number of layers of compression that were removed.
  var depth: Int

  /// Whether the bytes can only be meant as JSON: they are empty, or they begin with an object or an array after white
  /// space and a byte order mark.
  var looksLikeJSON: Bool {
    let space: [UInt8] = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
    guard let first = layer.head.first(where: { !space.contains($0) }) else { return true }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }
}
