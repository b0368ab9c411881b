import BSON

/// The result of one majority write.
public struct MajorityOutcome: Sendable {
  /// The number of documents inserted, matched or deleted.
  public let count: Int
  /// The operations that were rejected individually.
  public let refused: [WriteError]
}

/// Unordered writes of at most 1,000 operations that wait until the majority of the servers has written them to its
/// journal, regardless of the write concern in the connection string. They are for data that other programs rely on
/// immediately.
extension MongoCollection {
  /// Inserts documents. A duplicate key is a rejected operation, not an error.
  public func insertForMajority(_ documents: [BSONDocument]) throws(MongoError) -> MajorityOutcome {
    try write("insert", "documents", documents)
  }

  /// Updates the first document that matches each filter, if one does.
  public func updateForMajority(
    _ updates: [(filter: BSONDocument, update: BSONDocument)]
  ) throws(MongoError) -> MajorityOutcome {
    try write(
      "update", "updates",
      updates.map { filter, update in
        BSONDocument { operation in
          operation.append(name: "q", .document(filter))
          operation.append(name: "u", .document(update))
        }
      })
  }

  /// Deletes every document that matches one of the filters.
  public func deleteForMajority(_ filters: [BSONDocument]) throws(MongoError) -> MajorityOutcome {
    try write(
      "delete", "deletes",
      filters.map { filter in
        BSONDocument { operation in
          operation.append(name: "q", .document(filter))
          operation.append("limit", Int32(0))
        }
      })
  }

  private func write(
    _ command: StaticString, _ operations: StaticString, _ list: [BSONDocument]
  ) throws(MongoError) -> MajorityOutcome {
    let document = BSONDocument { out in
      out.append(command, name)
      let array = out.beginArray(operations)
      for (i, operation) in list.enumerated() { out.append(name: String(i), .document(operation)) }
      out.end(array)
      out.append("ordered", false)
      let concern = out.begin("writeConcern")
      out.append("w", "majority")
      out.append("j", true)
      out.append("wtimeout", ParsedURI.majorityPatience)
      out.end(concern)
    }
    return try client.write(document, on: database)
  }
}
