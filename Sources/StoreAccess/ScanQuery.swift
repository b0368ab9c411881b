import BSON

/// Which documents a scan reads, and in what order.
package struct ScanQuery: Sendable {
  /// A field that comes before `_id` in the order.
  package struct SortKey: Sendable {
    package let field: String
    let isDescending: Bool

    package init(field: String, isDescending: Bool) {
      self.field = field
      self.isDescending = isDescending
    }

    /// What a server sorts a document by: of an array the least element, or the greatest in descending order.
    func value(of document: BSONDocument) -> OrderedValue {
      document.withView { view in
        guard let field = view.value(at: field.split(separator: ".")[...]) else { return .missing }
        guard let array = field.array else { return OrderedValue(field) }
        let elements = array.map { OrderedValue($0.value) }
        return (isDescending ? elements.max() : elements.min()) ?? .emptyArray
      }
    }

    func isBehind(_ value: OrderedValue, _ other: OrderedValue) -> Bool {
      isDescending ? value < other : other < value
    }
  }

  package var filter: BSONDocument
  /// Paths that the server sends, all fields when empty; `_id` comes with them.
  package var fields: [String] = []
  package var sort: SortKey?
  /// The name of an index that has the order of `sort`. Without one the server sorts the documents before it sends the
  /// first.
  package var index: String?
  /// Documents at most.
  package var limit: Int?

  package init(filter: BSONDocument = BSONDocument(), sort: SortKey? = nil, limit: Int? = nil) {
    self.filter = filter
    self.sort = sort
    self.limit = limit
  }

  /// The order with `_id` at its end, so that each document has one place in it.
  private var order: [SortKey] {
    if let sort, sort.field == "_id" { return [sort] }
    return (sort.map { [$0] } ?? []) + [SortKey(field: "_id", isDescending: false)]
  }

  /// A server sends up to 16 MB at a time otherwise.
  private static let batchSize = 1000

  /// - Parameter limit: documents still wanted at most.
  func options(limit: Int?) -> BSONDocument {
    guard let index else {
      return options(order, batchSize: Self.batchSize) { options in
        if let limit { options.append("limit", Int64(limit)) }
      }
    }
    // Whoever breaks ties needs the document behind the last one, too, and may need more.
    return options([order[0]], batchSize: limit.map { min($0, Self.batchSize - 1) + 1 } ?? Self.batchSize) { options in
      options.append("hint", index)
    }
  }

  /// For a look-up of so many documents by `_id`, in its order.
  func options(ofIDs count: Int) -> BSONDocument {
    options([SortKey(field: "_id", isDescending: false)], batchSize: count + 1) { $0.append("hint", "_id_") }
  }

  private func options(_ order: [SortKey], batchSize: Int, and more: (inout BSONWriter) -> Void) -> BSONDocument {
    BSONDocument { options in
      let sort = options.open("sort")
      for key in order { options.append(name: key.field, .int32(key.isDescending ? -1 : 1)) }
      options.close(sort)
      options.append("batchSize", Int32(batchSize))
      more(&options)
      guard !fields.isEmpty else { return }
      let projection = options.open("projection")
      for field in fields where field != "_id" { options.append(name: field, .bool(true)) }
      if fields.allSatisfy({ $0 == "_id" }) { options.append("_id", true) }
      options.close(projection)
    }
  }

  /// Returns the values that place a document in the order.
  private func place(of document: BSONDocument) -> [BSONValue] {
    order.map { key in
      var value: BSONValue? = .document(document)
      for name in key.field.split(separator: ".") { value = value?.inner?[String(name)] }
      return value ?? .null
    }
  }

  /// The documents of the query that stand behind one of them, or all.
  ///
  /// - Returns: nil where none can: behind the last place that there is.
  package func filter(after document: BSONDocument?) -> BSONDocument? {
    guard let place = document.map(place) else { return filter }
    var behind: [BSONDocument] = []
    for (depth, key) in order.enumerated() {
      let equal = (0..<depth).map { BSONCondition.equal(order[$0].field, place[$0]) }
      for beyond in BSONCondition.beyond(key, place[depth]) { behind.append(.all(equal + [beyond])) }
    }
    return behind.isEmpty ? nil : .all((filter.isEmpty ? [] : [filter]) + [.any(behind)])
  }

  /// The documents of the query that are behind a key in the order of an index, or all. Arrays among the values may match
  /// though their key is not behind it.
  ///
  /// - Returns: nil where none can: behind the last key that there is.
  func filter(behind key: OrderedValue?, by sort: SortKey) -> BSONDocument? {
    guard let key else { return filter }
    let isBeforeNull = key < .missing
    // Hardly anything comes before null.
    if isBeforeNull, !sort.isDescending { return filter }
    var behind = BSONCondition.beyond(sort, key.value)
    if sort.isDescending, !isBeforeNull { behind += BSONCondition.emptyArrays(sort.field) }
    return behind.isEmpty ? nil : .all((filter.isEmpty ? [] : [filter]) + [.any(behind)])
  }
}

extension BSONView {
  /// The value at a path of names.
  fileprivate func value(at path: ArraySlice<Substring>) -> BSONField? {
    guard let name = path.first else { return nil }
    for element in self where element.key.elementsEqual(name.utf8) {
      return path.count == 1 ? element.value : element.value.document?.value(at: path.dropFirst())
    }
    return nil
  }
}

/// Conditions that follow a sort across types, as comparison operators by themselves do not.
private enum BSONCondition {
  /// Types in the order that servers sort by; a missing field is as null.
  private static let types: [[BSONType]] = [
    [.minKey], [.null, .undefined], [.double, .int32, .int64, .decimal128], [.string, .symbol], [.document], [.array],
    [.binary], [.objectID], [.bool], [.date], [.timestamp], [.regex], [.dbPointer], [.javaScript], [.scopedJavaScript],
    [.maxKey],
  ]

  /// Null is equal to a missing field.
  static func equal(_ field: String, _ value: BSONValue) -> BSONDocument {
    BSONDocument { condition in
      let operation = condition.open(name: field)
      condition.append(name: "$eq", value)
      condition.close(operation)
    }
  }

  /// Alternatives that together match what has the place of an empty array.
  static func emptyArrays(_ field: String) -> [BSONDocument] {
    [equal(field, .array(BSONDocument())), ofTypes([.undefined], field)]
  }

  /// Alternatives that together match what comes behind a value.
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

  /// What comes behind a value among those of its place in the order.
  private static func beyond(_ key: ScanQuery.SortKey, alike value: BSONValue) -> [BSONDocument] {
    switch value.type {
    case .minKey, .maxKey, .null, .undefined: return []
    // NaN comes before all other numbers, and compares with none.
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
      let inner = condition.open(name: field)
      condition.append(name: operation, value)
      condition.close(inner)
    }
  }

  private static func ofTypes(_ types: [BSONType], _ field: String) -> BSONDocument {
    let list = BSONDocument { list in
      // minKey is -1 there.
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
  /// Matches what all conditions match. Those of different fields stand side by side: not every server's planner looks
  /// into `$and` for an index.
  package static func all(_ conditions: [BSONDocument]) -> BSONDocument {
    let parts = conditions.flatMap(\.elements)
    guard Set(parts.map(\.key)).count == parts.count else { return joined("$and", conditions) }
    return BSONDocument { filter in
      for part in parts { filter.append(name: part.key, part.value) }
    }
  }
  /// Matches the documents that a server finds under a key.
  static func equal(_ field: String, _ key: OrderedValue) -> BSONDocument {
    // To a server an empty array is equal to nothing else, and undefined to null.
    if key == .emptyArray { return any(BSONCondition.emptyArrays(field)) }
    return BSONDocument { condition in
      let operation = condition.open(name: field)
      key.append(to: &condition, as: "$eq")
      condition.close(operation)
    }
  }

  /// Matches what one of the conditions matches.
  static func any(_ conditions: [BSONDocument]) -> BSONDocument { joined("$or", conditions) }

  private static func joined(_ operation: String, _ conditions: [BSONDocument]) -> BSONDocument {
    if conditions.count <= 1 { return conditions.first ?? BSONDocument() }
    return BSONDocument { filter in
      let list = filter.openArray(name: operation)
      for (i, condition) in conditions.enumerated() { filter.append(name: String(i), .document(condition)) }
      filter.close(list)
    }
  }
}
