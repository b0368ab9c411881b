import BSON
import Findings
import Mongo
import StoreAccess
import StravaRecords

/// A look for documents in the platform's form in a database that records no form.
///
/// It reads little of a large collection: at most 1,000 documents, which an index on `user_id` finds if there is one,
/// and which are the newest otherwise.
package struct PlatformDocuments {
  private static let limit = 1000
  /// The clock of the host that wrote a document may be ahead by this number of seconds.
  private static let clockError: Int64 = 86_400

  private var counts: [(name: String, count: Int)] = []

  /// - Throws: `StoreFailure` if the database records no form and has documents in the platform's form.
  package static func refuseUnadopted(_ form: StoreForm?, _ session: StoreSession) throws {
    guard form == nil else { return }
    let found = try look(session)
    guard !found.counts.isEmpty else { return }
    let text = found.counts.map { name, count in
      count == limit
        ? "at least \(count) documents of \(name)" : "\(count) \(count == 1 ? "document" : "documents") of \(name)"
    }
    throw StoreFailure(
      "\(session.database) was written by the platform's backend (\(text.joined(separator: ", ")) have its form), and its "
        + "form is not recorded, so nothing was changed; run `\(Remedy.adoption)`, see docs/adopting.md")
  }

  private static func look(_ session: StoreSession) throws -> PlatformDocuments {
    var found = PlatformDocuments()
    let names = [Collections.activities, Collections.insights, Collections.users]
    let existing = try session.descriptions(of: names)
    for name in names where existing.map({ $0[name] != nil }) ?? true {
      let count = try session.retrying("looking for documents of the platform") { try look(in: name, session) }
      if count > 0 { found.counts.append((name, count)) }
    }
    return found
  }

  private static func look(in name: String, _ session: StoreSession) throws -> Int {
    let collection = try session.client().collection(name, in: session.database)
    let owned = BSONDocument { filter in
      let range = filter.begin("user_id")
      // A range of numbers matches numbers only.
      filter.append("$gt", Int64(0))
      filter.end(range)
    }
    let isIndexed = try name != Collections.users && hasIndex(of: "user_id", collection)
    let cursor = try collection.find(isIndexed ? owned : newest, options: options(isSorted: !isIndexed))
    var count = 0
    while let document = try cursor.next() { if isOfPlatform(document) { count += 1 } }
    return count
  }

  /// Returns true if an index finds the documents with a field.
  static func hasIndex(of field: String, _ collection: MongoCollection) throws -> Bool {
    var entries: [BSONDocument] = []
    do throws(MongoError) {
      entries = try collection.listIndexes()
    } catch {
      // A view has no indexes.
      guard error.serverCode == .commandNotSupportedOnView else { throw error }
    }
    return entries.map(IndexDefinition.init).contains {
      $0.key.first?.field == field && $0.options.partialFilter == nil && !$0.options.isHidden
    }
  }

  /// Returns a filter for ids that begin with a time up to now. The ids that import gives begin with any byte.
  private static var newest: BSONDocument {
    let seconds = UInt32(clamping: Clock.now.milliseconds / 1000 + clockError)
    let time = (0..<4).map { UInt8(truncatingIfNeeded: seconds >> (24 - 8 * $0)) }
    let id = (time + Array(repeating: 0xFF, count: 8)).withUnsafeBytes { ObjectID($0) }
    return BSONDocument { filter in
      let range = filter.begin("_id")
      filter.append("$lte", id)
      filter.end(range)
    }
  }

  private static func options(isSorted: Bool) -> BSONDocument {
    BSONDocument { options in
      if isSorted {
        let sort = options.begin("sort")
        options.append("_id", Int32(-1))
        options.end(sort)
      }
      let projection = options.begin("projection")
      for field in ["user_id", "access_token", "refresh_token", "milestones.id"] {
        options.append(name: field, .int32(1))
      }
      options.end(projection)
      options.append("limit", Int64(limit))
    }
  }

  private static func isOfPlatform(_ document: BSONView) -> Bool {
    if let number = document["user_id"]?.wholeNumber, number > 0 { return true }
    for name in ["access_token", "refresh_token"] as [StaticString] {
      if let text = document[name]?.text, FernetText.isLike(text) { return true }
    }
    return document["milestones"]?.array?.contains { $0.value.document?["id"]?.text != nil } ?? false
  }
}
