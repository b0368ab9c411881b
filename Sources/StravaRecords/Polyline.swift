/// Google's encoded polylines, in five decimals of a degree.
enum Polyline {
  /// Whether the text is made of whole pairs that stay on Earth; no line at all is sound.
  static func isSound(_ text: UnsafeRawBufferPointer) -> Bool {
    var differences = Differences(text)
    var (latitude, longitude) = (0, 0)
    while !differences.isAtEnd {
      guard let north = differences.next(), let east = differences.next() else { return false }
      latitude &+= north
      longitude &+= east
      guard abs(latitude) <= 90_00000, abs(longitude) <= 180_00000 else { return false }
    }
    return true
  }
}

/// Latitude and longitude by turns, each the difference to the last.
private struct Differences {
  private let text: UnsafeRawBufferPointer
  private var at = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  var isAtEnd: Bool { at == text.count }

  /// Nil where none is whole.
  @inline(__always)
  mutating func next() -> Int? {
    var value = 0
    var shift = 0
    while at < text.count {
      // Those below '?' wrap round.
      let bits = text[at] &- 63
      guard bits < 64, shift <= 25 else { return nil }
      at &+= 1
      value |= Int(bits & 0x1F) &<< shift
      shift &+= 5
      if bits < 0x20 { return value & 1 == 0 ? value &>> 1 : ~(value &>> 1) }
    }
    return nil
  }
}
