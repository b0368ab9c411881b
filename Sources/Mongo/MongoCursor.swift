import BSON
import CMongo

/// The documents of a query, one at a time.
///
/// A cursor that throws is spent: a long job opens a new one behind the last `_id` it has seen where
/// `MongoError.isTransient` says so.
public final class MongoCursor {
  private let pointer: OpaquePointer
  private let collection: MongoCollection
  /// The command that opened it.
  private let command: String
  // Views are read in words, and libmongoc's own buffer ends with its last document.
  private var buffer = ByteBuffer()
  // libmongoc takes it for an error when a cursor is asked again after its end.
  private var isAtEnd = false

  /// Takes over `pointer`.
  init(_ pointer: OpaquePointer, of collection: MongoCollection, by command: String) throws(MongoError) {
    self.pointer = pointer
    self.command = command
    self.collection = collection
    try check()
  }

  deinit { mongoc_cursor_destroy(pointer) }

  /// The next document, nil at the end. The view is valid until the next call, and while the cursor lives.
  public func next() throws(MongoError) -> BSONView? {
    guard let document = try advance() else { return nil }
    buffer.count = 0
    buffer.append(document)
    return BSONView(buffer.base)
  }

  /// The next document to keep, nil at the end.
  public func nextDocument() throws(MongoError) -> BSONDocument? {
    try advance().map { BSONDocument(copying: $0) }
  }

  /// The bytes of the next document, which are libmongoc's until the next call.
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
