import BSON
import CMongo

/// What a bulk did, each of its operations accounted for exactly once.
///
/// inserted + matched + upserted + unmatched + write errors = settled; without a failure, settled = operations.
public struct BulkOutcome: Sendable {
  /// Operations of the bulk.
  public let operations: Int
  public private(set) var inserted = 0
  /// Updates that found a document.
  public private(set) var matched = 0
  /// Those of them that changed it.
  public private(set) var modified = 0
  /// Operations that inserted as upserts, ascending.
  public private(set) var upsertedIndexes: [Int] = []
  /// Updates without upsert that found nothing.
  public private(set) var unmatched = 0
  /// Operations that the server refused one by one, ascending.
  public private(set) var writeErrors: [WriteError] = []
  /// What was applied, but is not known to be durable.
  public private(set) var writeConcernErrors: [MongoError] = []
  /// The command that failed as a whole: broken connection, no permission, a reply that does not add up.
  public private(set) var failure: MongoError?
  /// The outcome of the operations before this index is known and counted. With a failure, that of those from here on
  /// is not: they may have been applied or never sent.
  public private(set) var settled: Int

  /// True where the outcome of every operation is known.
  public var isComplete: Bool { failure == nil && settled == operations }

  /// What keeps the bulk from being settled as it should be: a command that failed, durability that is not known, an
  /// operation that was refused for the moment only.
  public var obstacle: MongoError? {
    failure ?? writeConcernErrors.first ?? writeErrors.first(where: \.isTransient).map(MongoError.init)
  }

  init(operations: Int) {
    self.operations = operations
    settled = operations
  }

  /// Adds the reply to one command, which carried the operations from `first` on.
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
    // libmongoc sums up write errors in an error of its own; only one without them is the command's.
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

  /// Adds the operations that were refused before sending.
  mutating func finish(refused: [WriteError]) {
    writeErrors = (writeErrors + refused.filter { $0.index < settled }).sorted { $0.index < $1.index }
    upsertedIndexes.sort()
  }

  private mutating func fail(_ error: MongoError, at index: Int) {
    failure = error
    settled = index
  }
}

/// The numbers in libmongoc's reply for one command.
private struct CommandCounts {
  let inserted, matched, modified: Int
  let upsertedIndexes: [Int]
  let writeErrors: [WriteError]

  var known: Int { inserted + matched + upsertedIndexes.count + writeErrors.count }

  /// Nil where an index is not one of the command's, or two outcomes speak of the same operation.
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
