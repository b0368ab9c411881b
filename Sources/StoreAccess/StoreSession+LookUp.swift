import BSON
import Mongo

extension StoreSession {
  /// Looks up many values in parts, each as large as is fast at this server (100 to 1,000 values). A part whose failure
  /// is temporary is read again.
  ///
  /// - Parameters:
  ///   - what: The activity, for messages, such as "looking up users".
  ///   - read: Reads the documents of a part.
  ///   - take: Takes the result of each part, once.
  package func lookUp<Values: Collection, Found>(
    _ values: Values, _ what: String, read: (Values.SubSequence) throws -> Found,
    take: (Values.SubSequence, Found) throws -> Void
  ) throws {
    var rest = values[...]
    while !rest.isEmpty {
      let part = rest.prefix(lookUpSize.next)
      let found = try retrying(what) {
        let began = Clock.monotonic
        let found = try read(part)
        lookUpSize.record(keys: part.count, seconds: Clock.monotonic - began)
        return found
      }
      try take(part, found)
      rest = rest.dropFirst(part.count)
    }
  }

  /// Reads the documents whose field is one of the values.
  ///
  /// - Parameters:
  ///   - fields: The fields that the server sends of each document, in addition to `_id`.
  ///   - take: A function that is called with each document, and possibly more than once if an answer was lost.
  package func find(
    _ values: [BSONValue], by field: String, in name: String, fields: [String], _ take: (BSONView) -> Void
  ) throws {
    try lookUp(values, "looking up \(name)") { part in
      let options = BSONDocument { options in
        let projection = options.begin("projection")
        for field in fields { options.append(name: field, .bool(true)) }
        options.end(projection)
        options.appendOneReply(of: part.count)
      }
      let cursor = try client().collection(name, in: database).find(.filter(field, in: part), options: options)
      while let view = try cursor.next() { take(view) }
    } take: { _, _ in
    }
  }
}
