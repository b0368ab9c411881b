import BSON
import CScan
import Findings

extension JSONTranscoder {
  /// Copies the string whose opening quote is at `at.p`, without its escapes. Blocks are stored before they are
  /// examined, which avoids a second copy. `ensureCapacity` has reserved memory for the bytes after the string.
  @inline(__always)
  mutating func string(_ text: Span<UInt8>, _ at: inout Scan) throws(JSONError) {
    let from = at.p &+ 1
    var q = from
    var o = at.o
    var high: UInt32 = 0
    while true {
      guard q < end else { throw truncated("a string") }
      precondition(q &+ 16 <= text.count)
      let block = text.bytes.withUnsafeBytes { string_copy(o, $0.baseAddress.unsafelyUnwrapped + q) }
      if block.stops == 0 {
        high |= block.high
        q &+= 16
        o += 16
        continue
      }
      high |= block.high & (block.stops &- 1) & ~block.stops
      let n = block.stops.trailingZeroBitCount
      q &+= n
      o += n
      if text[q] == UInt8(ascii: "\"") { break }
      (q, o) = try afterEscape(text, q, o)
    }
    guard q < end else { throw truncated("a string") }
    at.p = q &+ 1
    at.o = o
    if high != 0 { try checkUTF8(text, from, q) }
  }

  /// Throws the error for the first invalid byte if the bytes are not UTF-8.
  @inline(never)
  private func checkUTF8(_ text: Span<UInt8>, _ from: Int, _ to: Int) throws(JSONError) {
    let bad: Int
    do {
      _ = try UTF8Span(validating: text.extracting(from..<to))
      return
    } catch {
      bad = error.byteOffsets.lowerBound
    }
    throw JSONError(.invalidUTF8, at: from + bad, "invalid UTF-8")
  }

  /// Reads the escape at `at` and writes its character to `o`. Throws for a control character, which a string must not
  /// contain.
  ///
  /// - Returns: the offset in the text and the address in the output after it.
  @inline(never)
  private mutating func afterEscape(
    _ text: Span<UInt8>, _ at: Int, _ o: UnsafeMutableRawPointer
  ) throws(JSONError) -> (q: Int, o: UnsafeMutableRawPointer) {
    guard at < end else { throw truncated("a string") }
    if text[at] < 0x20 {
      throw JSONError(.syntax, at: at, "unescaped \(shown(text[at])) in a string")
    }
    guard at + 1 < end else { throw truncated("a string") }
    sawEscape = true
    let plain: UInt8
    switch text[at + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = text[at + 1]
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"):
      let (scalar, q) = try unicodeEscape(text, at)
      var o = o
      for byte in UTF8.encode(scalar) ?? .init() {
        o.storeBytes(of: byte, as: UInt8.self)
        o += 1
      }
      return (q, o)
    default:
      throw JSONError(.syntax, at: at, "invalid escape: \\ followed by \(shown(text[at + 1], withArticle: true))")
    }
    o.storeBytes(of: plain, as: UInt8.self)
    return (at + 2, o + 1)
  }

  /// Reads the `\u` escape at `at`, or the two escapes of a surrogate pair.
  private func unicodeEscape(_ text: Span<UInt8>, _ at: Int) throws(JSONError) -> (Unicode.Scalar, q: Int) {
    let first = try hex4(text, at)
    let q = at + 6
    if let scalar = Unicode.Scalar(first) { return (scalar, q) }
    guard first < 0xDC00, q + 1 < end, text[q] == UInt8(ascii: "\\"), text[q + 1] == UInt8(ascii: "u") else {
      throw lone(at)
    }
    let second = try hex4(text, q)
    guard second & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF))
    else { throw lone(at) }
    return (scalar, q + 6)
  }

  private func lone(_ at: Int) -> JSONError {
    JSONError(.loneSurrogate, at: at, "lone surrogate: half of a surrogate pair is not a character")
  }

  /// Returns the number that the four hexadecimal digits of the `\u` at `at` represent.
  private func hex4(_ text: Span<UInt8>, _ at: Int) throws(JSONError) -> UInt32 {
    var v: UInt32 = 0
    for i in 2..<6 {
      guard at + i < end else { throw truncated("a string") }
      let c = text[at + i]
      switch c {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): v = v << 4 | UInt32(c - UInt8(ascii: "0"))
      case UInt8(ascii: "A")...UInt8(ascii: "F"): v = v << 4 | UInt32(c - UInt8(ascii: "A") + 10)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): v = v << 4 | UInt32(c - UInt8(ascii: "a") + 10)
      default: throw JSONError(.syntax, at: at, "\\u must be followed by four hexadecimal digits")
      }
    }
    return v
  }
}
