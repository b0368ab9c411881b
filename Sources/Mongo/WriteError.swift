import BSON

/// One operation of a bulk that was refused. Its message names fields, never values.
public struct WriteError: Error, Sendable {
  public enum Kind: String, Sendable {
    /// A unique index has this key already; `fields` are the index's.
    case duplicateKey
    /// The document fails the collection's validator; `fields` are the paths that do.
    case validation
    /// Larger than a server takes; it was not sent.
    case tooLarge
    case other
  }

  /// The operation's number in the bulk, from 0.
  public private(set) var index: Int
  /// The server's code.
  public let code: Int32
  public let kind: Kind
  public let message: String
  /// Names or dotted paths of the fields concerned, where the server tells.
  public let fields: [String]

  /// True where the same operation may succeed a little later.
  public var isTransient: Bool { isTransientCode(code) }

  init(tooLarge index: Int) {
    self.init(index, 10334, .tooLarge, "the document is larger than \(BSONLimits.documentSize) bytes")
  }

  init(notBSON index: Int) { self.init(index, 22, .other, "these bytes are no BSON document") }

  /// An entry of a reply's `writeErrors`.
  init(entry: BSONDocument) {
    let index = Int(entry["index"]?.integer ?? -1)
    let code = Int32(truncatingIfNeeded: entry["code"]?.integer ?? 0)
    let text = serverSentence(code: code, entry["errmsg"]?.string ?? "the server refused the operation")
    switch code {
    case 11000, 11001, 12582:
      let key = entry["keyPattern"]?.inner ?? entry["keyValue"]?.inner
      self.init(index, code, .duplicateKey, text, key?.elements.map(\.key) ?? [])
    case 121:
      self.init(index, code, .validation, text, FailedPaths.of(entry["errInfo"]?.inner?["details"]?.inner))
    default:
      self.init(index, code, .other, text)
    }
  }

  private init(_ index: Int, _ code: Int32, _ kind: Kind, _ sentence: String, _ fields: [String] = []) {
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

/// The paths that a validator's report (`errInfo.details`) names, without the values it considered.
private enum FailedPaths {
  static func of(_ details: BSONDocument?) -> [String] {
    guard let details else { return [] }
    var seen: Set<String> = []
    return list(details, "schemaRulesNotSatisfied").flatMap { rule($0, "") }.filter { seen.insert($0).inserted }
  }

  /// Paths below `prefix`; none where the rule speaks of the value at `prefix` itself.
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
