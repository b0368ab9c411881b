import BSON
import Mongo

/// All documents of a collection, in `_id` order, through one cursor that is opened again behind the last `_id` when it
/// is lost: page by page would cost a query each, and without an order documents would be missed.
struct DocumentScan: ~Copyable {
  /// Bytes of documents in one step, at least one document.
  private static let stepBytes = 8 << 20

  private let session: StoreSession
  private let collection: String
  private var cursor: MongoCursor?
  private var last: BSONValue?
  private var isAtEnd = false

  init(_ session: StoreSession, _ collection: String) {
    self.session = session
    self.collection = collection
  }

  /// The next documents, none at the end.
  ///
  /// - Throws: when the server cannot be reached any more.
  mutating func next(upTo count: Int) throws -> [BSONDocument] {
    var step: [BSONDocument] = []
    var bytes = 0
    while !isAtEnd, step.count < count, bytes < Self.stepBytes {
      guard let document = try advance() else {
        isAtEnd = true
        break
      }
      bytes += document.count
      step.append(document)
    }
    return step
  }

  private mutating func advance() throws -> BSONDocument? {
    var waits = Backoff(patience: StoreSession.patience)
    while true {
      do {
        let open = try cursor ?? reopened()
        cursor = open
        guard let view = try open.next() else { return nil }
        let document = BSONDocument(copying: view.bytes)
        last = document["_id"]
        return document
      } catch let error as MongoError {
        // A cursor that timed out is gone for good; a new one goes on behind it.
        cursor = nil
        try session.wait(after: error, during: "reading \(collection)", &waits)
      }
    }
  }

  private func reopened() throws -> MongoCursor {
    let filter = BSONDocument { filter in
      guard let last else { return }
      // Not `$gt`, which keeps to ids of one type.
      let condition = filter.open("_id")
      let negation = filter.open("$not")
      filter.append(name: "$lte", last)
      filter.close(negation)
      filter.close(condition)
    }
    let options = BSONDocument { options in
      let sort = options.open("sort")
      options.append("_id", Int32(1))
      options.close(sort)
    }
    return try session.client().collection(collection, in: session.database).find(filter, options: options)
  }
}
