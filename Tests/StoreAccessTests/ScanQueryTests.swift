import BSON
import StoreAccess
import Testing

/// The filter with which a scan continues after a document, without a server.
@Suite struct ScanQueryTests {
  private func document(_ id: Int64, _ distance: BSONValue? = nil) -> BSONDocument {
    BSONDocument {
      $0.append("_id", id)
      if let distance { $0.append(name: "distance", distance) }
    }
  }

  @Test func theFirstBatchHasTheQuerysOwnFilter() {
    let filter = BSONDocument { $0.append("user_id", Int64(1)) }
    #expect(ScanQuery(filter: filter).filter(after: nil) == filter)
  }

  @Test func theNextBatchIsBehindTheLastId() throws {
    let next = try #require(ScanQuery().filter(after: document(7)))
    let alternatives = try #require(next["$or"]?.inner)
    #expect(alternatives.elements.first?.value.inner?[path: "_id", "$gt"] == .int64(7))
    // These are values of the types that sort after numbers.
    #expect(alternatives.elements.count > 1)
  }

  @Test func aQuerysFilterStaysBesideIt() throws {
    let filter = BSONDocument { $0.append("user_id", Int64(1)) }
    let next = try #require(ScanQuery(filter: filter).filter(after: document(7)))
    #expect(next["user_id"] == .int64(1) && next["$or"] != nil)
  }

  @Test func nothingIsBehindTheGreatestKey() {
    // {_id: MaxKey}
    let bytes: [UInt8] = [10, 0, 0, 0, 0x7F, 0x5F, 0x69, 0x64, 0, 0]
    let last = bytes.withUnsafeBytes { BSONDocument(copying: $0) }
    #expect(ScanQuery().filter(after: last) == nil)
  }

  @Test func inASortedScanTiesAreBrokenById() throws {
    let sort = ScanQuery.SortKey(field: "distance", isDescending: true)
    let next = try #require(ScanQuery(sort: sort).filter(after: document(7, .double(5))))
    let alternatives = (next["$or"]?.inner?.elements ?? []).compactMap(\.value.inner)
    #expect(alternatives.contains { $0[path: "distance", "$lt"] == .double(5) })
    #expect(alternatives.contains { $0[path: "distance", "$eq"] == .double(5) && $0[path: "_id", "$gt"] == .int64(7) })
  }
}
