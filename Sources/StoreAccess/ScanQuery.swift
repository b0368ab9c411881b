import BSON

/// A query for the documents of a scan, with their order.
package struct ScanQuery: Sendable {
  /// A field that is sorted by before `_id`.
  package struct SortKey: Sendable {
    package let field: String
    let isDescending: Bool

    package init(field: String, isDescending: Bool) {
      self.field = field
      self.isDescending = isDescending
    }

    /// Returns the value that a server sorts a document by: the least element of an array, or the greatest in
    /// descending order.
    func value(of document: BSONDocument) -> OrderedValue {
      document.withView { view in
        guard let field = view.value(at: field.split(separator: ".")[...]) else { return .missing }
        guard let array = field.array else { return OrderedValue(field) }
        let elements = array.map { OrderedValue($0.value) }
        return (isDescending ? elements.max() : elements.min()) ?? .emptyArray
      }
    }

    func isAfter(_ value: OrderedValue, _ other: OrderedValue) -> Bool {
      isDescending ? value < other : other < value
    }
  }

  package var filter: BSONDocument
  /// The paths of the fields that the server sends in addition to `_id`; an empty list means all fields.
  package var fields: [String] = []
  package var sort: SortKey?
  /// The name of an index that has the order of `sort`. Without such an index, the server sorts all documents before it
  /// sends the first.
  package var index: String?
  /// Maximum number of documents.
  package var limit: Int?

  package init(filter: BSONDocument = BSONDocument(), sort: SortKey? = nil, limit: Int? = nil) {
    self.filter = filter
    self.sort = sort
    self.limit = limit
  }

  /// The order with `_id` at its end, so that each document has a unique position.
  private var order: [SortKey] {
    if let sort, sort.field == "_id" { return [sort] }
    return (sort.map { [$0] } ?? []) + [SortKey(field: "_id", isDescending: false)]
  }

  /// The batch size. Without it, a server sends up to 16 MB at a time.
  private static let batchSize = 1000

  /// - Parameter limit: The maximum number of documents that are still needed.
  func options(limit: Int?) -> BSONDocument {
    guard let index else {
      return options(order, batchSize: Self.batchSize) { options in
        if let limit { options.append("limit", Int64(limit)) }
      }
    }
    // Sorting documents with equal keys needs the document after the last one, too, and may need more.
    return options([order[0]], batchSize: limit.map { min($0, Self.batchSize - 1) + 1 } ?? Self.batchSize) { options in
      options.append("hint", index)
    }
  }

  /// Returns the options of a look-up of this number of documents by `_id`, in the order of `_id`.
  func options(ofIDs count: Int) -> BSONDocument {
    options([SortKey(field: "_id", isDescending: false)], batchSize: count + 1) { $0.append("hint", "_id_") }
  }

  private func options(_ order: [SortKey], batchSize: Int, and more: (inout BSONWriter) -> Void) -> BSONDocument {
    BSONDocument { options in
      let sort = options.begin("sort")
      for key in order { options.append(name: key.field, .int32(key.isDescending ? -1 : 1)) }
      options.end(sort)
      options.append("batchSize", Int32(batchSize))
      more(&options)
      guard !fields.isEmpty else { return }
      let projection = options.begin("projection")
      for field in fields where field != "_id" { options.append(name: field, .bool(true)) }
      if fields.allSatisfy({ $0 == "_id" }) { options.append("_id", true) }
      options.end(projection)
    }
  }

  /// Returns the values that determine the position of a document in the order.
  private func position(of document: BSONDocument) -> [BSONValue] {
    order.map { key in
      var value: BSONValue? = .document(document)
      for name in key.field.split(separator: ".") { value = value?.inner?[String(name)] }
      return value ?? .null
    }
  }

  /// Returns a filter for the documents of the query that follow one of them, or for all documents.
  ///
  /// - Returns: Nil if no document can follow, because the position is the last possible one.
  package func filter(after document: BSONDocument?) -> BSONDocument? {
    guard let position = document.map(position) else { return filter }
    var following: [BSONDocument] = []
    for (depth, key) in order.enumerated() {
      let equal = (0..<depth).map { BSONCondition.equal(order[$0].field, position[$0]) }
      for beyond in BSONCondition.beyond(key, position[depth]) { following.append(.all(equal + [beyond])) }
    }
    return following.isEmpty ? nil : .all((filter.isEmpty ? [] : [filter]) + [.any(following)])
  }

  /// Returns a filter for the documents of the query that follow a key in the order of an index, or for all documents.
  /// Documents with arrays among the values may match although their key does not follow it.
  ///
  /// - Returns: Nil if no document can follow, because the key is the last possible one.
  func filter(after key: OrderedValue?, by sort: SortKey) -> BSONDocument? {
    guard let key else { return filter }
    let isBeforeNull = key < .missing
    // Very few values sort before null.
    if isBeforeNull, !sort.isDescending { return filter }
    var following = BSONCondition.beyond(sort, key.value)
    if sort.isDescending, !isBeforeNull { following += BSONCondition.emptyArrays(sort.field) }
    return following.isEmpty ? nil : .all((filter.isEmpty ? [] : [filter]) + [.any(following)])
  }
}

extension BSONView {
  /// Returns the value at a path of names.
  fileprivate func value(at path: ArraySlice<Substring>) -> BSONField? {
    guard let name = path.first else { return nil }
    for element in self where element.key.elementsEqual(name.utf8) {
      return path.count == 1 ? element.value : element.value.document?.value(at: path.dropFirst())
    }
    return nil
  }
}

/// The filter conditions that match the sort order across types, which comparison operators alone do not.
private enum BSONCondition {
  /// The types in the order that servers sort by. A missing field sorts as null.
  private static let types: [[BSONType]] = [
    [.minKey], [.null, .undefined], [.double, .int32, .int64, .decimal128], [.string, .symbol], [.document], [.array],
    [.binary], [.objectID], [.bool], [.date], [.timestamp], [.regex], [.dbPointer], [.javaScript], [.scopedJavaScript],
    [.maxKey],
  ]

  /// Returns a condition for an equal value. Null is equal to a missing field.
  static func equal(_ field: String, _ value: BSONValue) -> BSONDocument {
    BSONDocument { condition in
      let operation = condition.begin(name: field)
      condition.append(name: "$eq", value)
      condition.end(operation)
    }
  }

  /// Returns alternatives that together match the values that sort as an empty array.
  static func emptyArrays(_ field: String) -> [BSONDocument] {
    [equal(field, .array(BSONDocument())), ofTypes([.undefined], field)]
  }

  /// Returns alternatives that together match the values that follow a value.
  static func beyond(_ key: ScanQuery.SortKey, _ value: BSONValue) -> [BSONDocument] {
    guard let group = types.firstIndex(where: { $0.contains(value.type) }) else {
      preconditionFailure("\(value.type) has no place in the order")
    }
    var beyond = beyond(key, alike: value)
    let others = key.isDescending ? types[..<group] : types[(group + 1)...]
    if others.contains(where: { $0.contains(.null) }) { beyond.append(equal(key.field, .null)) }
    let named = others.joined().filter { $0 != .null && $0 != .undefined }
    if !named.isEmpty { beyond.append(ofTypes(named, key.field)) }
    return beyond
  }

  /// Returns the condition for the values that follow a value and have the same position in the order of types.
  private static func beyond(_ key: ScanQuery.SortKey, alike value: BSONValue) -> [BSONDocument] {
    switch value.type {
    case .minKey, .maxKey, .null, .undefined: return []
    // NaN sorts before all other numbers, and comparison operators never match it.
    case .double where value.isNaN:
      return key.isDescending ? [] : [comparison(key.field, "$gte", .double(-.infinity))]
    case .double, .int32, .int64, .decimal128:
      guard key.isDescending else { return [comparison(key.field, "$gt", value)] }
      return [comparison(key.field, "$lt", value), equal(key.field, .double(.nan))]
    default: return [comparison(key.field, key.isDescending ? "$lt" : "$gt", value)]
    }
  }

  private static func comparison(_ field: String, _ operation: String, _ value: BSONValue) -> BSONDocument {
    BSONDocument { condition in
      let inner = condition.begin(name: field)
      condition.append(name: operation, value)
      condition.end(inner)
    }
  }

  private static func ofTypes(_ types: [BSONType], _ field: String) -> BSONDocument {
    let list = BSONDocument { list in
      // The type number of minKey is -1 in this operator.
      for (i, type) in types.enumerated() {
        list.append(name: String(i), .int32(Int32(Int8(bitPattern: type.rawValue))))
      }
    }
    return comparison(field, "$type", .array(list))
  }
}

extension BSONValue {
  fileprivate var isNaN: Bool { if case .double(let value) = self { value.isNaN } else { false } }
}

extension BSONDocument {
  /// Returns a filter that matches if all conditions match. Conditions on different fields are members of one document,
  /// because not every server's planner uses an index for `$and`.
  package static func all(_ conditions: [BSONDocument]) -> BSONDocument {
    let parts = conditions.flatMap(\.elements)
    guard Set(parts.map(\.key)).count == parts.count else { return joined("$and", conditions) }
    return BSONDocument { filter in
      for part in parts { filter.append(name: part.key, part.value) }
    }
  }
  /// Returns a filter for the documents that a server finds under a key.
  static func equal(_ field: String, _ key: OrderedValue) -> BSONDocument {
    // For a server, an empty array is equal only to an empty array, and undefined is equal to null.
    if key == .emptyArray { return any(BSONCondition.emptyArrays(field)) }
    return BSONCondition.equal(field, key.value)
  }

  /// Returns a filter that matches if one of the conditions matches.
  static func any(_ conditions: [BSONDocument]) -> BSONDocument { joined("$or", conditions) }

  private static func joined(_ operation: String, _ conditions: [BSONDocument]) -> BSONDocument {
    if conditions.count <= 1 { return conditions.first ?? BSONDocument() }
    return BSONDocument { filter in
      let list = filter.beginArray(name: operation)
      for (i, condition) in conditions.enumerated() { filter.append(name: String(i), .document(condition)) }
      filter.end(list)
    }
  }
}
