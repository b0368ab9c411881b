/// The path of a sealed value in a database. The associated data contains it after the header, as
/// `strava-store/1/<collection>/<key><path>`, where `<path>` is a JSON Pointer (RFC 6901) from the root of the
/// document.
///
/// The code that walks a document calls `enter` and `leave` on the way, and reuses the value for the next document.
///
/// ```swift
/// var path = SealedPath(collection: "activities", key: "90000000001")
/// Array("raw_data".utf8).withUnsafeBytes { path.enter($0) }
/// Array("private_note".utf8).withUnsafeBytes { path.enter($0) }
/// path.pointer  // "/raw_data/private_note"
/// path.leave()
/// ```
public struct SealedPath: Sendable {
  private var text: [UInt8] = []
  private var ends: [Int] = []
  /// The index at which the path begins in the text.
  private var root = 0

  /// Creates the path of the root of a document.
  ///
  /// - Parameter key: the identifier of the document in its collection, which cannot change: a Strava id in decimal
  ///   digits, or an object id in hexadecimal digits.
  public init(collection: String, key: String) { begin(collection: collection, key: key) }

  /// Sets the path to the root of another document.
  public mutating func begin(collection: String, key: String) {
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    text.append(contentsOf: "strava-store/1/".utf8)
    text.append(contentsOf: collection.utf8)
    text.append(UInt8(ascii: "/"))
    text.append(contentsOf: key.utf8)
    root = text.count
  }

  /// The JSON Pointer from the root of the document.
  public var pointer: String { String(decoding: text[root...], as: UTF8.self) }

  /// Appends a step to the path: the UTF-8 name of a field, or an array index in decimal digits.
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

  /// Removes the step that the last `enter` appended.
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
