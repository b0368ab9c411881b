import BSON
import CMongo

/// The result of a bulk write, in which each operation is counted exactly once.
///
/// The sum of inserted, matched, upserted, unmatched and write errors is `settled`. Without a failure, `settled` equals
/// `operations`.
public struct BulkOutcome: Sendable {
  /// The number of operations in the bulk.
  public let operations: Int
  public private(set) var inserted = 0
  /// The number of updates that matched a document.
  public private(set) var matched = 0
  /// The number of updates that changed the document they matched.
  public private(set) var modified = 0
  /// The indexes of the operations that inserted as upserts, in ascending order.
  public private(set) var upsertedIndexes: [Int] = []
  /// The number of updates without upsert that matched no document.
  public private(set) var unmatched = 0
  /// The operations that the server rejected individually, in ascending order.
  public private(set) var writeErrors: [WriteError] = []
  /// Errors about operations that were applied, but are not known to be durable.
  public private(set) var writeConcernErrors: [MongoError] = []
  /// The error of the command that failed as a whole, for example because of a broken connection, a missing permission
  /// or an inconsistent reply.
  public private(set) var failure: MongoError?
  /// The index before which the result of every operation is known and counted. After a failure, the results from this
  /// index on are unknown: the operations may have been applied or never sent.
  public private(set) var settled: Int

  /// Whether the result of every operation is known.
  public var isComplete: Bool { failure == nil && settled == operations }

  /// The first problem that keeps the bulk from being complete: a command that failed, unknown durability, or an
  /// operation that was rejected only temporarily.
  public var obstacle: MongoError? {
    failure ?? writeConcernErrors.first ?? writeErrors.first(where: \.isTransient).map(MongoError.init)
  }

  init(operations: Int) {
    self.operations = operations
    settled = operations
  }

  /// Adds the reply to one command, which contained `count` operations starting at index `first`.
  mutating func add(
    _ reply: borrowing ServerReply, of request: MongoRequest, first: Int, count: Int, hasPlainUpdates: Bool
  ) {
    let document = reply.document
    if let errors = document?["writeConcernErrors"]?.inner {
      writeConcernErrors += errors.elements.compactMap { $0.value.inner.map(MongoError.init(writeConcernError:)) }
    }
    guard let document else { return fail(ServerReply.malformed, at: first) }
    guard let counts = CommandCounts(document, operations: count) else {
      return fail(MongoError(.malformedReply, "the server's reply is about operations that were not sent"), at: first)
    }
    // libmongoc summarizes write errors in an additional error. Only an error without write errors is an error of the
    // command.
    if !reply.isOK, counts.writeErrors.isEmpty, reply.domain != MONGOC_ERROR_WRITE_CONCERN {
      return fail(reply.error.of(request), at: first)
    }
    guard counts.known == count || (hasPlainUpdates && counts.known < count) else {
      return fail(
        MongoError(.malformedReply, "the server's reply accounts for \(counts.known) of \(count) operations"),
        at: first)
    }
    inserted += counts.inserted
    matched += counts.matched
    modified += counts.modified
    unmatched += count - counts.known
    upsertedIndexes += counts.upsertedIndexes.map { $0 + first }
    writeErrors += counts.writeErrors.map { $0.moved(by: first) }
  }

  /// Adds the operations that were rejected before sending.
  mutating func finish(refused: [WriteError]) {
    writeErrors = (writeErrors + refused.filter { $0.index < settled }).sorted { $0.index < $1.index }
    upsertedIndexes.sort()
  }

  private mutating func fail(_ error: MongoError, at index: Int) {
    failure = error
    settled = index
  }
}

/// The numbers in libmongoc's reply to one command.
private struct CommandCounts {
  let inserted, matched, modified: Int
  let upsertedIndexes: [Int]
  let writeErrors: [WriteError]

  var known: Int { inserted + matched + upsertedIndexes.count + writeErrors.count }

  /// Reads the numbers; nil if an index is not one of the command's, or if two results are about the same operation.
  init?(_ reply: BSONDocument, operations: Int) {
    inserted = Int(reply["nInserted"]?.integer ?? 0)
    matched = Int(reply["nMatched"]?.integer ?? 0)
    modified = Int(reply["nModified"]?.integer ?? 0)
    upsertedIndexes = Self.entries(reply, "upserted").map { Int($0["index"]?.integer ?? -1) }
    let labels = ErrorLabels.of(reply)
    writeErrors = Self.entries(reply, "writeErrors").map { WriteError(entry: $0, labels: labels) }
    let indexes = upsertedIndexes + writeErrors.map(\.index)
    guard inserted >= 0, matched >= 0, Set(indexes).count == indexes.count,
      indexes.allSatisfy({ (0..<operations).contains($0) })
    else { return nil }
  }

  private static func entries(_ reply: BSONDocument, _ key: String) -> [BSONDocument] {
    reply[key]?.inner?.elements.compactMap(\.value.inner) ?? []
  }
}
