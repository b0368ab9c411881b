import Algorithms
import BSON
import Mongo

extension StoreSession {
  private static var lookUpSize: Int { 100 }

  /// Reads the documents whose field is one of the values, a hundred values at a time.
  ///
  /// - Parameters:
  ///   - fields: The fields that the server sends of each document, in addition to `_id`.
  ///   - take: A function that is called with each document, and possibly more than once if an answer was lost.
  package func find(
    _ values: [BSONValue], by field: String, in name: String, fields: [String], _ take: (BSONView) -> Void
  ) throws {
    let options = BSONDocument { options in
      let projection = options.begin("projection")
      for field in fields { options.append(name: field, .bool(true)) }
      options.end(projection)
    }
    for chunk in values.chunks(ofCount: Self.lookUpSize) {
      let filter = BSONDocument.filter(field, in: chunk)
      try retrying("looking up \(name)") {
        let cursor = try client().collection(name, in: database).find(filter, options: options)
        while let view = try cursor.next() { take(view) }
      }
    }
  }
}
