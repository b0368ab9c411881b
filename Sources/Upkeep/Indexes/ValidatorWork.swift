import BSON
import Findings
import Mongo
import StoreAccess

/// Writes a validator, with the level strict only if every document passes.
struct ValidatorWork {
  /// Maximum number of documents in the findings.
  private static let most = 10
  /// Maximum number of documents that one command checks, so that no command takes long.
  private static let rangeSize = 20_000

  private let session: StoreSession
  private let name: String
  private let validator: BSONDocument

  init(_ session: StoreSession, _ name: String, _ validator: BSONDocument) {
    self.session = session
    self.name = name
    self.validator = validator
  }

  /// - Throws: `IndexWork.Refusal` if documents fail and the level is strict.
  func run(_ level: IndexTask.Validation, isNew: Bool) throws {
    if level == .strict, let failing = try failing() { throw IndexWork.Refusal(findings(failing, isStrict: false)) }
    try session.retrying("setting the validator of \(name)") {
      let collection = try collection()
      guard isNew else { return try set(level, in: collection) }
      do {
        try collection.create(validator: validator, level: level.level, action: level.action)
      } catch let error as MongoError where error.serverCode == .namespaceExists {
        // Another process has created it in the meantime.
        try set(level, in: collection)
      }
    }
    // These documents were written after the check and before the validator.
    if level == .strict, let failing = try failing() { throw IndexWork.Refusal(findings(failing, isStrict: true)) }
  }

  private func set(_ level: IndexTask.Validation, in collection: MongoCollection) throws {
    try collection.setValidator(validator, level: level.level, action: level.action)
  }

  /// The number of documents that are looked at before a validator is enforced.
  static let newest = 1000

  /// Returns how many of the newest documents, in `_id` order, the validator would refuse.
  func refusedOfNewest() throws -> Int {
    try session.retrying("checking the newest documents of \(name)") {
      let latest = BSONDocument { stage in
        let sort = stage.begin("$sort")
        stage.append("_id", Int32(-1))
        stage.end(sort)
      }
      let cursor = try collection().aggregate([
        latest, BSONDocument { $0.append("$limit", Int64(Self.newest)) }, Self.stage("$match", Self.not(validator)),
        Self.stage("$project", Self.one("_id")),
      ])
      var count = 0
      while try cursor.nextDocument() != nil { count += 1 }
      return count
    }
  }

  private struct Failing {
    let count: Int
    /// The first of these documents, and the fields that make them fail.
    let documents: [(id: BSONValue, fields: [String])]
  }

  /// Returns the documents that fail; nil if all pass. They are read in the order of `_id`, one range at a time.
  private func failing() throws -> Failing? {
    var count = 0
    var ids: [BSONValue] = []
    var last: BSONDocument?
    while let remaining = ScanQuery().filter(after: last) {
      if session.cancellation.isRequested { return nil }
      let found = try session.long("checking the documents of \(name)") {
        let collection = $0.collection(name, in: session.database)
        return (failing: try failing(remaining, in: collection), end: try end(of: remaining, in: collection))
      }
      count += found.failing.count
      ids += found.failing.prefix(Self.most - ids.count)
      guard let end = found.end else { break }
      last = end
    }
    guard count > 0 else { return nil }
    let documents = try session.retrying("checking the documents of \(name)") { try fields(of: ids, in: collection()) }
    return Failing(count: count, documents: documents)
  }

  /// Returns the `_id`s of the documents in one range that fail.
  private func failing(_ remaining: BSONDocument, in collection: MongoCollection) throws -> [BSONValue] {
    let cursor = try collection.aggregate([
      Self.stage("$match", remaining), Self.stage("$sort", Self.one("_id")),
      BSONDocument { $0.append("$limit", Int64(Self.rangeSize)) }, Self.stage("$match", Self.not(validator)),
      Self.stage("$project", Self.one("_id")),
    ])
    var ids: [BSONValue] = []
    while let document = try cursor.nextDocument() { if let id = document["_id"] { ids.append(id) } }
    return ids
  }

  /// Returns the last document of the range; nil if the collection ends before it.
  private func end(of remaining: BSONDocument, in collection: MongoCollection) throws -> BSONDocument? {
    let options = BSONDocument { options in
      options.append(name: "sort", .document(Self.one("_id")))
      options.append(name: "projection", .document(Self.one("_id")))
      options.append("skip", Int64(Self.rangeSize - 1))
      options.append("limit", Int64(1))
    }
    return try collection.find(remaining, options: options).nextDocument()
  }

  private static func stage(_ name: String, _ content: BSONDocument) -> BSONDocument {
    BSONDocument { $0.append(name: name, .document(content)) }
  }

  private static func one(_ field: String) -> BSONDocument { BSONDocument { $0.append(name: field, .int32(1)) } }

  private func first(_ filter: BSONDocument, in collection: MongoCollection) throws -> [BSONValue] {
    let options = BSONDocument { options in
      let projection = options.begin("projection")
      options.append("_id", Int32(1))
      options.end(projection)
      options.append("limit", Int64(Self.most))
    }
    let cursor = try collection.find(filter, options: options)
    var ids: [BSONValue] = []
    while let document = try cursor.nextDocument() { if let id = document["_id"] { ids.append(id) } }
    return ids
  }

  /// Returns the fields that make the documents fail: the server is asked about each rule separately.
  private func fields(
    of ids: [BSONValue], in collection: MongoCollection
  ) throws -> [(id: BSONValue, fields: [String])] {
    var found = ids.map { (id: $0, fields: [String]()) }
    for (field, rule) in rules {
      let filter = BSONDocument { filter in
        let id = filter.begin("_id")
        let list = filter.beginArray("$in")
        for (i, one) in ids.enumerated() { filter.append(name: String(i), one) }
        filter.end(list)
        filter.end(id)
        for (name, value) in Self.not(rule).elements { filter.append(name: name, value) }
      }
      for id in try first(filter, in: collection) {
        guard let index = found.firstIndex(where: { $0.id == id }) else { continue }
        if !found[index].fields.contains(field) { found[index].fields.append(field) }
      }
    }
    return found
  }

  /// Returns the schema in parts: one required field or one property at a time.
  private var rules: [(field: String, rule: BSONDocument)] {
    guard let schema = validator["$jsonSchema"]?.inner else { return [] }
    let required = (schema["required"]?.inner?.elements ?? []).compactMap { element in
      element.value.string.map { field in
        (
          field: field,
          rule: Self.schema { schema in
            let list = schema.beginArray("required")
            schema.append(name: "0", .string(field))
            schema.end(list)
          }
        )
      }
    }
    let properties = (schema["properties"]?.inner?.elements ?? []).map { field, node in
      (
        field: field,
        rule: Self.schema { schema in
          let properties = schema.begin("properties")
          schema.append(name: field, node)
          schema.end(properties)
        }
      )
    }
    return required + properties
  }

  private static func schema(_ body: (inout BSONWriter) -> Void) -> BSONDocument {
    BSONDocument { out in
      let schema = out.begin("$jsonSchema")
      body(&out)
      out.end(schema)
    }
  }

  private static func not(_ condition: BSONDocument) -> BSONDocument {
    BSONDocument { filter in
      let list = filter.beginArray("$nor")
      filter.append(name: "0", .document(condition))
      filter.end(list)
    }
  }

  private func findings(_ failing: Failing, isStrict: Bool) -> [Finding] {
    let what =
      isStrict
      ? "which is strict now; they were written in the meantime"
      : "so it is not made strict; the level moderate does not check them"
    let head = Finding(.failsValidator, "\(failing.count) documents violate the validator, \(what)", file: name)
    return [head]
      + failing.documents.map { id, fields in
        Finding(
          .failsValidator, "the document violates the validator: \(fields.joined(separator: ", "))",
          document: id.name(in: name))
      }
  }

  private func collection() throws -> MongoCollection {
    try session.client().collection(name, in: session.database)
  }
}
