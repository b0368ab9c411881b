import BSON
import CMongo

/// The reply to one request. It owns the bytes that libmongoc allocated.
struct ServerReply: ~Copyable {
  private let raw: mongo_reply

  init(_ raw: mongo_reply) { self.raw = raw }

  deinit { bson_free(raw.bytes) }

  var isOK: Bool { raw.ok }
  var domain: mongoc_error_domain_t { mongoc_error_domain_t(raw.error.domain) }

  /// The server's document; nil if it is malformed or missing.
  var document: BSONDocument? {
    let bytes = UnsafeRawBufferPointer(start: raw.bytes, count: Int(raw.count))
    return WellFormed.isDocument(bytes) ? BSONDocument(copying: bytes) : nil
  }

  var error: MongoError { MongoError(raw.error, reply: document) }

  static let malformed = MongoError(.malformedReply, "the server's reply is not well-formed BSON")
}
