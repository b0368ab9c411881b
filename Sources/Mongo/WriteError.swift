import BSON

/// An operation of a bulk that was rejected. The message names fields, never values.
public struct WriteError: Error, Sendable {
  public enum Kind: String, Sendable {
    /// A unique index already contains the key. `fields` are the fields of the index.
    case duplicateKey
    /// The document fails the validator of the collection. `fields` are the paths of the invalid values.
    case validation
    /// The operation is larger than a server accepts. It was not sent.
    case tooLarge
    case other
  }

  /// The index of the operation in the bulk, starting at 0.
  public private(set) var index: Int
  /// The server's code.
  public let code: Int32
  public let kind: Kind
  public let message: String
  /// The names or dotted paths of the fields concerned, if the server reports them.
  public let fields: [String]
  /// The labels of the entry and of its reply, such as `RetryableError`.
  let labels: [String]

  /// Whether the same operation may succeed a little later. A known code decides before the labels, because the labels
  /// of a reply are about all its errors together.
  public var isTransient: Bool {
    ServerCode(rawValue: code).map(\.isPassing) ?? ErrorLabels.arePassing(labels)
  }

  /// Whether a value that is not an object blocks a path that the operation sets.
  public var isPathBlocked: Bool { ServerCode(rawValue: code) == .pathNotViable }

  init(tooLarge index: Int) {
    self.init(
      index, ServerCode.bsonObjectTooLarge.rawValue, .tooLarge,
      "the document is larger than \(BSONLimits.documentSize) bytes")
  }

  init(notBSON index: Int) { self.init(index, 22, .other, "the bytes are not a BSON document") }

  /// Reads an entry of the `writeErrors` of a reply, with the labels of the reply.
  init(entry: BSONDocument, labels replyLabels: [String]) {
    let labels = ErrorLabels.of(entry) + replyLabels
    let index = Int(entry["index"]?.integer ?? -1)
    let code = Int32(truncatingIfNeeded: entry["code"]?.integer ?? 0)
    let text = serverSentence(code: code, entry["errmsg"]?.string ?? "the server refused the operation")
    switch ServerCode(rawValue: code) {
    case .duplicateKey, .duplicateKeyOnUpdate, .duplicateKeyOnMongos:
      let key = entry["keyPattern"]?.inner ?? entry["keyValue"]?.inner
      self.init(index, code, .duplicateKey, text, key?.elements.map(\.key) ?? [], labels)
    case .documentValidationFailure:
      self.init(index, code, .validation, text, FailedPaths.of(entry["errInfo"]?.inner?["details"]?.inner), labels)
    default:
      self.init(index, code, .other, text, [], labels)
    }
  }

  private init(
    _ index: Int, _ code: Int32, _ kind: Kind, _ sentence: String, _ fields: [String] = [], _ labels: [String] = []
  ) {
    self.labels = labels
    self.index = index
    self.code = code
    self.kind = kind
    self.fields = fields
    message = fields.isEmpty ? sentence : "\(sentence): \(fields.joined(separator: ", "))"
  }

  func moved(by offset: Int) -> WriteError {
    var copy = self
    copy.index += offset
    return copy
  }
}

/// Reads the paths in a validator's report (`errInfo.details`), without the values that the report contains.
private enum FailedPaths {
  static func of(_ details: BSONDocument?) -> [String] {
    guard let details else { return [] }
    var seen: Set<String> = []
    return list(details, "schemaRulesNotSatisfied").flatMap { rule($0, "") }.filter { seen.insert($0).inserted }
  }

  /// Returns the paths below `prefix`; an empty array if the rule is about the value at `prefix` itself.
  private static func rule(_ rule: BSONDocument, _ prefix: String) -> [String] {
    var found = (names(rule, "missingProperties") + names(rule, "additionalProperties")).map { prefix + $0 }
    for property in list(rule, "propertiesNotSatisfied") {
      let path = prefix + (property["propertyName"]?.string ?? "?")
      let inner = list(property, "details").flatMap { self.rule($0, path + ".") }
      found += inner.isEmpty ? [path] : inner
    }
    if let index = rule["itemIndex"]?.integer {
      let inner = list(rule, "details").flatMap { self.rule($0, "\(prefix)\(index).") }
      found += inner.isEmpty ? ["\(prefix)\(index)"] : inner
    }
    for schema in list(rule, "schemasNotSatisfied") {
      found += list(schema, "details").flatMap { self.rule($0, prefix) }
    }
    return found
  }

  private static func list(_ document: BSONDocument, _ key: String) -> [BSONDocument] {
    document[key]?.inner?.elements.compactMap(\.value.inner) ?? []
  }

  private static func names(_ document: BSONDocument, _ key: String) -> [String] {
    document[key]?.inner?.elements.compactMap(\.value.string) ?? []
  }
}
