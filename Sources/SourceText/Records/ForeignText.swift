/// Messages about text that is not JSON. Each says what the text seems to be.
enum ForeignText {
  /// The names of the fields of an event stream (WHATWG HTML, "Server-sent events"). The empty name begins a comment.
  private static let eventFields = ["data", "event", "id", "retry", ""]

  /// Returns the message about a text.
  ///
  /// - Parameter text: as much of the text as is available.
  static func message(_ text: UnsafeRawBufferPointer) -> String {
    guard let first = text.first else { return "this is not JSON" }
    switch first {
    case UInt8(ascii: "<"): return "this is HTML or XML, not JSON; it may be the error page of a server"
    case UInt8(ascii: "#"): return "this is a comment, which JSON does not allow"
    case UInt8(ascii: "/") where text.count > 1 && [UInt8(ascii: "/"), UInt8(ascii: "*")].contains(text[1]):
      return "this is a comment, which JSON does not allow"
    case 0: return "these are NUL bytes, which a system crash can leave in a file"
    case _ where isEventStream(text):
      return "this is a stream of server-sent events, not JSON; keep the text after each `data:`, one record per line"
    default: return "this is not JSON: it begins with \(shown(first, withArticle: true))"
    }
  }

  /// Returns whether the text consists of lines of fields, one of which is `data` followed by JSON.
  private static func isEventStream(_ text: UnsafeRawBufferPointer) -> Bool {
    for line in text.split(separator: 0x0A, maxSplits: 64) where !line.allSatisfy({ $0 <= 0x20 }) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
      let name = line[..<colon].drop { $0 <= 0x20 }
      guard eventFields.contains(where: { name.elementsEqual($0.utf8) }) else { return false }
      guard name.elementsEqual("data".utf8) else { continue }
      let value = line[(colon + 1)...].first { $0 > 0x20 }
      if value == UInt8(ascii: "{") || value == UInt8(ascii: "[") { return true }
    }
    return false
  }
}
