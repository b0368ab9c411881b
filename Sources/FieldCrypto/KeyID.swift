import CSodium

/// The 16 bytes that identify a key: a UUID (RFC 9562) for master keys and data keys, and the first bytes of its hash
/// for an index key.
public struct KeyID: Hashable, Sendable {
  static let byteCount = 16

  // The words have the byte order of memory and are never read as numbers.
  private var words: (UInt64, UInt64) = (0, 0)

  /// Creates an id from the first 16 of the bytes. There must be at least 16.
  init(prefixOf bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count >= Self.byteCount)
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<16])) }
  }

  /// Creates an id from stored bytes; nil unless there are exactly 16 bytes.
  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(prefixOf: bytes)
  }

  /// Parses a UUID, 8-4-4-4-12 hexadecimal digits in either case; nil for any other text.
  public init?(_ text: String) {
    guard let id = text.withContextBytes({ KeyID(uuid: $0) }) else { return nil }
    self = id
  }

  /// Returns a new random UUID (version 4).
  static func random() -> KeyID {
    Sodium.start()
    return withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 1) { bytes in
      random_fill(bytes.baseAddress, bytes.count)
      bytes[6] = bytes[6] & 0x0f | 0x40
      bytes[8] = bytes[8] & 0x3f | 0x80
      return KeyID(prefixOf: UnsafeRawBufferPointer(bytes))
    }
  }

  /// Returns a new UUID that contains its time of creation (version 7).
  ///
  /// - Parameter milliseconds: the time since 1970, which is not negative. It becomes the first 48 bits.
  static func made(at milliseconds: Int64) -> KeyID {
    var id = random()
    Swift.withUnsafeMutableBytes(of: &id.words) { bytes in
      Swift.withUnsafeBytes(of: milliseconds.bigEndian) { bytes[slice: 0..<6].copyMemory(from: $0[slice: 2..<8]) }
      bytes[6] = bytes[6] & 0x0f | 0x70
    }
    return id
  }

  /// The time of creation in milliseconds since 1970; nil if the UUID has another version than 7.
  public var madeAt: Int64? {
    withUnsafeBytes { bytes in
      guard bytes[6] >> 4 == 7, bytes[8] >> 6 == 2 else { return nil }
      return bytes[..<6].reduce(0) { $0 << 8 | Int64($1) }
    }
  }

  init?(uuid text: UnsafeRawBufferPointer) {
    guard text.count == 36 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for (index, character) in text.enumerated() {
      if Self.hyphens.contains(index) {
        guard character == UInt8(ascii: "-") else { return nil }
      } else {
        guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
        if let first = high {
          bytes.append(first << 4 | UInt8(digit))
          high = nil
        } else {
          high = UInt8(digit)
        }
      }
    }
    self = bytes.withUnsafeBytes { KeyID(prefixOf: $0) }
  }

  private static let hyphens: Set = [8, 13, 18, 23]

  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Swift.withUnsafeBytes(of: words, body)
  }

  public static func == (a: KeyID, b: KeyID) -> Bool { a.words == b.words }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }
}

extension KeyID: CustomStringConvertible {
  /// The UUID in lower case.
  public var description: String {
    withUnsafeBytes { bytes in
      var text = ""
      for byte in bytes {
        if Self.hyphens.contains(text.utf8.count) { text += "-" }
        text += byte < 16 ? "0" : ""
        text += String(byte, radix: 16)
      }
      return text
    }
  }
}
