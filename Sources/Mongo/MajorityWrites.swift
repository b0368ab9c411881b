import BSON

/// What one such command did.
public struct MajorityOutcome: Sendable {
  /// Documents inserted, matched or deleted.
  public let count: Int
  /// Operations that were refused one by one.
  public let refused: [WriteError]
}

/// Writes of at most 1,000 operations, unordered, that wait until the majority of the servers has them in its journal,
/// whatever the connection string says of write concern: for what other programs rely on at once.
extension MongoCollection {
  /// A duplicate key is a refusal.
  public func insertForMajority(_ documents: [BSONDocument]) throws(MongoError) -> MajorityOutcome {
    try write("insert", "documents", documents)
  }

  /// Updates of the first document that matches, where there is one.
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
      let array = out.openArray(operations)
      for (i, operation) in list.enumerated() { out.append(name: String(i), .document(operation)) }
      out.close(array)
      out.append("ordered", false)
      let concern = out.open("writeConcern")
      out.append("w", "majority")
      out.append("j", true)
      out.append("wtimeout", ParsedURI.majorityPatience)
      out.close(concern)
    }
    return try client.write(document, on: database)
  }
}
