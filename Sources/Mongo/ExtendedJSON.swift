import BSON
import CMongo
import Foundation

/// MongoDB Extended JSON (version 2), as libbson reads and writes it.
///
/// ```swift
/// let filter = try ExtendedJSON.document(#"{"start_date": {"$gte": {"$date": "2024-01-01T00:00:00Z"}}}"#)
/// ExtendedJSON.canonical(filter)  // {"start_date": {"$gte": {"$date": {"$numberLong": "1704067200000"}}}}
/// ```
public enum ExtendedJSON {
  /// Appends a document as canonical Extended JSON on one line.
  public static func append(canonical document: BSONView, to out: inout ByteBuffer) {
    var count = 0
    guard let text = mongo_canonical_json(document.base, document.count, &count) else {
      preconditionFailure("libbson refuses bytes that were checked")
    }
    defer { bson_free(text) }
    out.append(UnsafeRawBufferPointer(start: text, count: count))
  }

  /// Returns a document as canonical Extended JSON.
  public static func canonical(_ document: BSONDocument) -> String {
    var text = ByteBuffer()
    document.withView { append(canonical: $0, to: &text) }
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// Returns a value as canonical Extended JSON.
  public static func canonical(_ value: BSONField) -> String {
    var writer = BSONWriter(capacity: 256)
    let start = writer.begin()
    writer.append("v", value)
    writer.end(start)
    var text = ByteBuffer()
    append(canonical: BSONView(writer.out.base), to: &text)
    // libbson writes `{ "v" : …}`, with a space before the closing brace.
    let opening = #"{ "v" : "#
    return String(decoding: text.bytes.dropFirst(opening.utf8.count).dropLast(2), as: UTF8.self)
  }

  /// Reads one document, such as a filter.
  ///
  /// - Throws: `invalidRequest` if the text is not one complete JSON object.
  public static func document(_ text: String) throws(MongoError) -> BSONDocument {
    // libbson stops after the first document, merges documents with a comma between them, and accepts arrays.
    guard (try? JSONSerialization.jsonObject(with: Data(text.utf8))) is [String: Any] else {
      throw MongoError(.invalidRequest, "it is not one complete JSON object")
    }
    let reply = ServerReply(mongo_read_json(text))
    guard reply.isOK, let document = reply.document else {
      throw MongoError(.invalidRequest, reply.isOK ? "it is not a document" : reply.error.message)
    }
    return document
  }
}
