/// Google's encoded polylines, with a precision of five decimals of a degree.
enum Polyline {
  /// Returns whether the text consists of complete pairs of valid coordinates. An empty line is valid.
  ///
  /// - Parameter text: the text of a BSON string. The NUL byte after it is read, and ends an incomplete pair.
  static func isSound(_ text: UnsafeRawBufferPointer) -> Bool {
    guard var at = text.baseAddress else { return true }
    let end = at + text.count
    var (latitude, longitude) = (0, 0)
    while at < end {
      guard let north = difference(&at), let east = difference(&at) else { return false }
      latitude &+= north
      longitude &+= east
      guard abs(latitude) <= 90_00000, abs(longitude) <= 180_00000 else { return false }
    }
    return true
  }

  /// Returns the difference from the previous latitude or longitude; nil if the number is incomplete.
  @inline(__always)
  private static func difference(_ at: inout UnsafeRawPointer) -> Int? {
    var value = 0
    var shift = 0
    while true {
      // Values below '?' wrap around.
      let bits = at.load(as: UInt8.self) &- 63
      at += 1
      value |= Int(bits & 0x1F) &<< shift
      if bits < 0x20 { return value & 1 == 0 ? value &>> 1 : ~(value &>> 1) }
      shift &+= 5
      guard bits < 64, shift <= 25 else { return nil }
    }
  }
}
