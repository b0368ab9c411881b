/// A BSON object id, which has twelve bytes.
public struct ObjectID: Sendable, Hashable {
  // Two words are used instead of an array, because ids are created and compared for every record.
  private let head: UInt64
  private let tail: UInt32

  /// Creates an id from the first twelve bytes of `bytes`.
  public init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count >= 12, "an object id has twelve bytes")
    head = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
    tail = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
  }

  /// Creates an id from 24 hexadecimal digits. Returns nil for any other text.
  public init?(hex: String) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(12)
    var high: UInt8?
    for c in hex.utf8 {
      let digit: UInt8
      switch c {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = c - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = c - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = c - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let h = high {
        bytes.append(h << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard high == nil, bytes.count == 12 else { return nil }
    self = bytes.withUnsafeBytes { ObjectID($0) }
  }

  /// Calls `body` with the twelve bytes in order.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withUnsafeTemporaryAllocation(byteCount: 12, alignment: 8) { buffer in
      buffer.storeBytes(of: head, toByteOffset: 0, as: UInt64.self)
      buffer.storeBytes(of: tail, toByteOffset: 8, as: UInt32.self)
      return try body(UnsafeRawBufferPointer(buffer))
    }
  }
}

extension ObjectID: CustomStringConvertible {
  /// The id as 24 lower-case hexadecimal digits.
  public var description: String { withUnsafeBytes { $0.hexadecimal } }
}

extension Sequence<UInt8> {
  /// The bytes as lower-case hexadecimal text, two digits per byte.
  public var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for b in self {
      text.append(digits[Int(b >> 4)])
      text.append(digits[Int(b & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
