import BSON
import CMongo

/// An unordered bulk write of one type of operation, inserts or updates. A bulk with both types could not be accounted
/// for, because the reply to a failed command does not contain its operations.
///
/// Operations are numbered from 0 in the order in which they are added. One command carries at most 1,000 operations or
/// 16 MiB. A larger bulk is split here and not by libmongoc, so that each reply is evaluated separately.
///
/// ```
/// var bulk = collection.bulkWrite()
/// for document in documents { document.withUnsafeBytes { bulk.insert($0) } }
/// let outcome = bulk.execute()
/// print(outcome.inserted, outcome.writeErrors.count)
/// ```
public struct BulkWrite: ~Copyable {
  private enum Operation { case insert, update }

  /// The operations that are sent as one command.
  private struct Part {
    let handle: BulkHandle
    let first: Int
    var count = 0
    var byteCount = 0
    var hasPlainUpdates = false
  }

  private static let operationsInPart = 1_000
  private static let bytesInPart = 16 * 1024 * 1024
  /// The number of bytes by which the filter and operators of an update may exceed the maximum size of a document.
  private static let updateAllowance = 16 * 1024

  private let collection: MongoCollection
  private var parts: [Part] = []
  private var partIsIncomplete = false
  private var operation: Operation?
  private var refused: [WriteError] = []
  /// Whether the collection has its own rules for comparing texts; nil until the server was asked.
  private var isCollated: Bool?

  /// The number of operations added.
  public private(set) var count = 0
  /// The number of bytes of the documents added.
  public private(set) var byteCount = 0

  init(_ collection: MongoCollection) { self.collection = collection }

  /// Adds an insert of one BSON document, which is copied. A document without `_id` gets an object id.
  public mutating func insert(_ document: UnsafeRawBufferPointer) {
    let fits = document.count <= BSONLimits.documentSize
    add(.insert, document.count, fits: fits) { bulk, error in
      mongo_bulk_insert(bulk, document.baseAddress, document.count, error)
    }
  }

  /// Adds an update of the first document that matches `filter`. `update` consists of operators such as `$set`. Both
  /// are copied.
  ///
  /// - Parameter exactly: compares texts byte by byte, even if the collection has a collation. The update names a
  ///   collation only if the collection has one, because some servers scan the whole collection for a filter with a
  ///   collation.
  public mutating func update(
    filter: UnsafeRawBufferPointer, update: UnsafeRawBufferPointer, upsert: Bool, exactly: Bool = false
  ) {
    let bytes = filter.count + update.count
    let exactly = exactly && hasCollation()
    add(.update, bytes, fits: bytes <= BSONLimits.documentSize + Self.updateAllowance - 64) { bulk, error in
      mongo_bulk_update(
        bulk, filter.baseAddress, filter.count, update.baseAddress, update.count, upsert, exactly,
        error)
    }
    if !upsert, partIsIncomplete { parts[parts.count - 1].hasPlainUpdates = true }
  }

  private mutating func hasCollation() -> Bool {
    let known = isCollated ?? (try? collection.description()?.hasCollation) ?? true
    isCollated = known
    return known
  }

  private mutating func add(
    _ kind: Operation, _ bytes: Int, fits: Bool,
    _ append: (OpaquePointer, UnsafeMutablePointer<bson_error_t>) -> Bool
  ) {
    precondition(operation == nil || operation == kind, "a bulk holds one type of operation")
    operation = kind
    defer {
      count += 1
      byteCount += bytes
    }
    // An operation that is too large is not sent, because the whole command would fail with it.
    guard fits else { return refuse(WriteError(tooLarge: count)) }
    if partIsIncomplete, let part = parts.last {
      partIsIncomplete = part.count < Self.operationsInPart && part.byteCount + bytes <= Self.bytesInPart
    }
    if !partIsIncomplete {
      parts.append(Part(handle: BulkHandle(collection), first: count))
      partIsIncomplete = true
    }
    let last = parts.count - 1
    var error = bson_error_t()
    guard append(parts[last].handle.pointer, &error) else { return refuse(WriteError(notBSON: count)) }
    parts[last].count += 1
    parts[last].byteCount += bytes
  }

  /// The operations of a part have consecutive numbers, so a rejected operation ends the part.
  private mutating func refuse(_ error: WriteError) {
    refused.append(error)
    partIsIncomplete = false
  }

  /// Sends the bulk and counts every operation. Stops at the first command that fails as a whole.
  public consuming func execute() -> BulkOutcome {
    var outcome = BulkOutcome(operations: count)
    for part in parts where part.count > 0 {
      let reply = ServerReply(mongo_bulk_execute(part.handle.pointer))
      outcome.add(
        reply, of: collection.request(operation == .insert ? "insert" : "update"), first: part.first, count: part.count,
        hasPlainUpdates: part.hasPlainUpdates)
      guard outcome.failure == nil else { break }
    }
    outcome.finish(refused: refused)
    return outcome
  }
}

/// The owner of a `mongoc_bulk_operation_t`.
private final class BulkHandle {
  let pointer: OpaquePointer

  init(_ collection: MongoCollection) { pointer = mongo_bulk_new(collection.pointer) }

  deinit { mongoc_bulk_operation_destroy(pointer) }
}

extension BulkWrite {
  /// Returns whether an update can be sent. The sizes of its filter and its operators are in bytes.
  public static func fits(filter: Int, update: Int) -> Bool {
    filter + update <= BSONLimits.documentSize + updateAllowance - 64
  }
}
