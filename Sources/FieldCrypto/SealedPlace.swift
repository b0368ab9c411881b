/// The path of a sealed value in a database, as its associated data names it after the header:
/// `strava-store/1/<collection>/<key><path>`, the path being a JSON Pointer (RFC 6901) from the document's root.
///
/// Goes down into a document and up again with the code that walks it, and is reused from document to document.
public struct SealedPlace: Sendable {
  private var text: [UInt8] = []
  private var ends: [Int] = []
  /// Where the path begins.
  private var root = 0

  /// The root of a document.
  ///
  /// - Parameter key: what names the document in its collection and cannot change: a Strava id in decimal digits, or
  ///   an object id in hexadecimal ones.
  public init(collection: String, key: String) { begin(collection: collection, key: key) }

  /// Goes to the root of another document.
  public mutating func begin(collection: String, key: String) {
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    text.append(contentsOf: "strava-store/1/".utf8)
    text.append(contentsOf: collection.utf8)
    text.append(UInt8(ascii: "/"))
    text.append(contentsOf: key.utf8)
    root = text.count
  }

  /// The JSON Pointer from the document's root.
  public var pointer: String { String(decoding: text[root...], as: UTF8.self) }

  /// Goes to a value inside: the UTF-8 of a field's name, or of an array index in decimal digits.
  public mutating func enter(_ step: UnsafeRawBufferPointer) {
    ends.append(text.count)
    text.append(UInt8(ascii: "/"))
    guard step.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
      return text.append(contentsOf: step)
    }
    for byte in step {
      switch byte {
      case UInt8(ascii: "~"): text.append(contentsOf: "~0".utf8)
      case UInt8(ascii: "/"): text.append(contentsOf: "~1".utf8)
      default: text.append(byte)
      }
    }
  }

  /// Goes back to where the last `enter` came from.
  public mutating func leave() {
    guard let end = ends.popLast() else { preconditionFailure("left the root of a document") }
    text.removeSubrange(end...)
  }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try text.span.withUnsafeBytes(body)
  }
}
