import BSON
import CScan

extension ByteBuffer {
  /// Copies text for as long as JSON strings can hold it unchanged, into reserved capacity.
  ///
  /// - Parameter text: with 15 readable bytes behind it.
  /// - Returns: how many bytes it has copied: up to the first one that needs an escape.
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
