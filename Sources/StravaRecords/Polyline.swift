/// Google's encoded polylines, in five decimals of a degree.
enum Polyline {
  static func isSound(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { isSound(UnsafeRawBufferPointer($0)) }
  }

  /// Whether the text is made of whole pairs that stay on Earth; no line at all is sound.
  static func isSound(_ text: UnsafeRawBufferPointer) -> Bool {
    // Latitude and longitude by turns, each the difference to the last.
    var place = (0, 0)
    var value = 0
    var shift = 0
    var isLatitude = true
    for byte in text {
      let bits = Int(byte) - 63
      guard bits >= 0, bits < 64, shift <= 25 else { return false }
      value |= (bits & 0x1F) << shift
      if bits >= 0x20 {
        shift += 5
        continue
      }
      let difference = value & 1 == 0 ? value >> 1 : ~(value >> 1)
      if isLatitude {
        place.0 += difference
        guard abs(place.0) <= 90_00000 else { return false }
      } else {
        place.1 += difference
        guard abs(place.1) <= 180_00000 else { return false }
      }
      isLatitude.toggle()
      value = 0
      shift = 0
    }
    return shift == 0 && isLatitude
  }
}
