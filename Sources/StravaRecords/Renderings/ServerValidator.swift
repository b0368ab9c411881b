import BSON

/// The stored format as the server checks it: the `$jsonSchema` of a collection's validator.
///
/// It accepts documents from the platform's own writers. Only fields that are marked as required must be present, and
/// null equals a missing optional field. Some drivers choose the type of a number by its value (a whole number in
/// Python becomes an int, or a long from 2^31 on), so narrower types are accepted in addition to the type that import
/// writes.
///
/// In the platform's form, a value of a sealed class is also accepted in clear, because the platform's backend writes
/// it so.
public struct ServerValidator: Sendable {
  private let collection: StoredCollection
  private let sealed: SensitivityClasses

  public init(_ collection: StoredCollection, sealing classes: SensitivityClasses) {
    self.collection = collection
    sealed = classes
  }

  /// The `validator` option of `create` and `collMod`. Its text is also valid Extended JSON.
  public var rendering: JSONValue {
    let head: JSONValue = ["bsonType": "object", "title": .string(collection.name)]
    return ["$jsonSchema": head.adding(members(collection.fields))]
  }

  public var document: BSONDocument { rendering.document }

  private func members(_ fields: [FieldSchema]) -> JSONValue {
    var properties: JSONValue = [:]
    for field in fields {
      guard let stored = field.stored else { continue }
      properties = properties.adding([stored.name: node(field, stored)])
    }
    // The server ensures that every document has an `_id`.
    let required = fields.compactMap(\.stored).filter { $0.required && $0.name != "_id" }.map(\.name)
    return required.isEmpty
      ? ["properties": properties] : ["required": .strings(required), "properties": properties]
  }

  private func node(_ field: FieldSchema, _ stored: StoredField) -> JSONValue {
    let isSealed = field.sensitivity.map { sealed.contains(SensitivityClasses($0)) } ?? false
    if isSealed, collection.form == .specification {
      return Self.sealedNode(isText: stored.type == .string, isRequired: stored.required)
    }
    var types = ([stored.type] + field.otherStoredTypes).flatMap(\.serverNames)
    if isSealed { types.append("binData") }
    if !stored.required { types.append("null") }
    var node: JSONValue = ["bsonType": types.count == 1 ? .string(types[0]) : .strings(types)]
    if field.notEmpty { node = node.adding(["minLength": 1]) }
    if field.isClosed {
      node = node.adding(["enum": .array(field.knownValues.map(JSONValue.string) + (stored.required ? [] : [.null]))])
    }
    if let range = field.storedRange ?? field.range, stored.type != .date { node = node.adding(range.draft4) }
    if field.type == .coordinates { node = node.adding(Self.coordinates) }
    if field.isRawRecord { node = node.adding(rawRecord) }
    if let type = field.elementType {
      node = node.adding(["items": ["bsonType": .strings(type.serverNames)]])
    }
    guard !field.fields.isEmpty, stored.type == .document || stored.type == .array else { return node }
    let inner = members(field.fields)
    return node.adding(
      stored.type == .document ? inner : ["items": (["bsonType": "object"] as JSONValue).adding(inner)])
  }

  /// Returns the schema of an envelope. Null and "" are not sealed.
  private static func sealedNode(isText: Bool, isRequired: Bool) -> JSONValue {
    let types = ["binData"] + (isText ? ["string"] : []) + (isRequired ? [] : ["null"])
    let node: JSONValue = ["bsonType": .strings(types)]
    return isText ? node.adding(["maxLength": 0]) : node
  }

  /// The schema of a raw record, for its top level only, because the server cannot check all depths with one rule.
  private var rawRecord: JSONValue {
    if collection.form == .platform { return [:] }
    let keys = SensitivityClass.allCases.filter { sealed.contains(SensitivityClasses($0)) }.flatMap(\.keys)
    let properties = keys.map { JSONValue.Member(key: $0, value: Self.sealedNode(isText: true, isRequired: false)) }
    return properties.isEmpty ? [:] : ["properties": .object(properties)]
  }

  private static var coordinates: JSONValue {
    let number: JSONValue = ["bsonType": .strings(BSONType.double.serverNames)]
    return [
      "items": .array([
        number.adding(Coordinates.latitudes.jsonSchema), number.adding(Coordinates.longitudes.jsonSchema),
      ]),
      "additionalItems": false, "anyOf": [["maxItems": 0], ["minItems": 2]],
    ]
  }
}

extension BSONType {
  /// The names for `bsonType`, including the types that drivers use for the same number.
  var serverNames: [String] { storedTypes.map(\.serverName) }

  private var serverName: String {
    switch self {
    case .double: "double"
    case .int64: "long"
    case .int32: "int"
    case .string: "string"
    case .document: "object"
    case .array: "array"
    case .binary: "binData"
    case .objectID: "objectId"
    case .bool: "bool"
    case .date: "date"
    default: preconditionFailure("no field is stored as \(self)")
    }
  }
}

extension NumericRange {
  /// The range in MongoDB's dialect, which is draft 4, where `exclusiveMinimum` is a flag.
  fileprivate var draft4: JSONValue {
    guard excludesLow, let low else { return jsonSchema }
    let bounds: JSONValue = ["minimum": .number(low), "exclusiveMinimum": true]
    return high.map { bounds.adding(["maximum": .number($0)]) } ?? bounds
  }
}
