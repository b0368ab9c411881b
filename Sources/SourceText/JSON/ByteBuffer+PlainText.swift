import BSON
import CScan

extension ByteBuffer {
  /// Copies text into reserved capacity, up to the first byte that a JSON string can contain only as an escape.
  ///
  /// - Parameter text: the text, which 15 readable bytes must follow.
  /// - Returns: the number of bytes that were copied.
  public mutating func putPlain(_ text: UnsafeRawBufferPointer) -> Int {
    guard let start = text.baseAddress else { return 0 }
    var at = 0
    while at < text.count {
      let stops = string_copy(base + count + at, start + at).stops
      if stops != 0 {
        at += stops.trailingZeroBitCount
        break
      }
      at += 16
    }
    let copied = min(at, text.count)
    count += copied
    return copied
  }
}
