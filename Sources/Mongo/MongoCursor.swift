import BSON
import CMongo

/// A cursor over the documents of a query.
///
/// A cursor cannot be used after it has thrown an error. If `MongoError.isTransient` is true, a long job opens a new
/// cursor after the last `_id` that it has read.
public final class MongoCursor {
  private let pointer: OpaquePointer
  private let collection: MongoCollection
  /// The name of the command that opened the cursor.
  private let command: String
  // A view reads whole words, which may extend beyond its document, and libmongoc's own buffer ends with its last
  // document.
  private var buffer = ByteBuffer()
  // libmongoc reports an error if a cursor is advanced after its end.
  private var isAtEnd = false

  /// Takes ownership of `pointer`.
  init(_ pointer: OpaquePointer, of collection: MongoCollection, by command: String) throws(MongoError) {
    self.pointer = pointer
    self.command = command
    self.collection = collection
    try check()
  }

  deinit { mongoc_cursor_destroy(pointer) }

  /// Returns the next document; nil at the end. The view is valid until the next call, while the cursor exists.
  public func next() throws(MongoError) -> BSONView? {
    guard let document = try advance() else { return nil }
    buffer.count = 0
    buffer.append(document)
    return BSONView(buffer.base)
  }

  /// Returns a copy of the next document; nil at the end.
  public func nextDocument() throws(MongoError) -> BSONDocument? {
    try advance().map { BSONDocument(copying: $0) }
  }

  /// Returns the bytes of the next document, which libmongoc owns and which are valid until the next call.
  private func advance() throws(MongoError) -> UnsafeRawBufferPointer? {
    if isAtEnd { return nil }
    var start: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    guard mongo_cursor_next(pointer, &start, &count) else {
      try check()
      isAtEnd = true
      return nil
    }
    let document = UnsafeRawBufferPointer(start: start, count: Int(count))
    guard WellFormed.isDocument(document) else { throw ServerReply.malformed }
    return document
  }

  private func check() throws(MongoError) {
    let state = ServerReply(mongo_cursor_state(pointer))
    guard state.isOK else { throw state.error.of(collection.request(command)) }
  }
}
