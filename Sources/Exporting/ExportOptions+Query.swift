import BSON
import Mongo
import StoreAccess
import StravaRecords

extension ExportOptions {
  /// Returns the queries for one collection. A sort needs a limit, or an index that has its order.
  ///
  /// - Parameter owner: The owner whose documents are selected; nil if none is named.
  /// - Throws: `StoreFailure` if the server would have to sort without a limit.
  func queries(_ name: String, of owner: ExportOwner?, _ session: StoreSession) throws -> [ExportPass.Query] {
    try selection.queries(name, of: owner, in: form).map { reference, query in
      ExportPass.Query(reference: reference, query: try complete(query, name, session))
    }
  }

  private func complete(_ selected: ScanQuery, _ name: String, _ session: StoreSession) throws -> ScanQuery {
    var query = selected
    if let sort = query.sort, sort.field != "_id" {
      let indexes = try session.retrying("reading the indexes of \(name)") {
        try session.client().collection(name, in: session.database).listIndexes()
      }.map(IndexDefinition.init)
      let orders = IndexOrders(indexes, where: query.filter)
      query.index = orders.index(for: sort.field)
      if orders.isOfOneDocument { query.sort = nil }
      // If a collection has no index on _id, it does not exist.
      if query.index == nil, query.sort != nil, query.limit == nil, !indexes.isEmpty {
        throw StoreFailure(refusal(to: sort.field, name, orders, query.filter))
      }
    }
    query.fields = storedFields(name, sortedBy: query.sort?.field)
    return query
  }

  private func refusal(
    to field: String, _ name: String, _ orders: IndexOrders, _ filter: BSONDocument
  ) -> String {
    let declared = (StoredCollection.named(name, in: form)?.indexes ?? []).map(IndexDefinition.init)
    let remedy =
      IndexOrders(declared, where: filter).index(for: field).map {
        "create the index \($0) with `strava-store index`"
      } ?? "sort by one of \(orders.fields.joined(separator: ", "))"
    return "cannot sort all selected \(name) by \(field): no index of the collection returns them in that order, so "
      + "the server would sort all of them, in memory and then on its disk, before it sends the first; \(remedy), or "
      + "limit the number of documents (\(limitName))"
  }
}
