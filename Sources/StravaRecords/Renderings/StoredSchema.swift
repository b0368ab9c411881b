import BSON

/// Stored documents as JSON Schema 2020-12. It has the same rules as `ServerValidator`, as far as JSON text shows
/// types.
public struct StoredSchema: Sendable {
  /// The form in which documents are written as JSON.
  public enum Text: Sendable {
    /// Relaxed Extended JSON (version 2), as `mongoexport` and drivers write it.
    case extendedJSON
    /// The plain JSON of `export`.
    case exported
  }

  private let collection: StoredCollection
  private let sealed: SensitivityClasses
  private let text: Text

  public init(_ collection: StoredCollection, sealing classes: SensitivityClasses, as text: Text = .extendedJSON) {
    self.collection = collection
    sealed = classes
    self.text = text
  }

  public var rendering: JSONValue {
    let head: JSONValue = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": .string("\(collection.name), as \(text == .exported ? "exported" : "stored")"),
      "description": .string(collection.description),
      "type": "object",
    ]
    let definitions = text == .exported ? Self.exportedDefinitions : Self.definitions
    return head.adding(members(collection.fields)).adding(["$defs": definitions])
  }

  private func members(_ fields: [FieldSchema]) -> JSONValue {
    var properties: JSONValue = [:]
    for field in fields {
      guard let stored = field.stored else { continue }
      let plain = node(field, stored)
      properties = properties.adding([stored.name: stored.required ? plain.adding(InputSchema.notNull) : plain])
    }
    let required = fields.compactMap(\.stored).filter(\.required).map(\.name)
    return required.isEmpty
      ? ["properties": properties] : ["required": .strings(required), "properties": properties]
  }

  /// Returns the schema of a field. It accepts null; only required fields reject it.
  private func node(_ field: FieldSchema, _ stored: StoredField) -> JSONValue {
    let description: JSONValue = ["description": .string(field.meaning)]
    if text == .exported, field.sensitivity != nil {
      // The options of `export` determine whether the value is omitted, decrypted or kept sealed.
      let plain = field.type == .coordinates ? InputSchema.reference("coordinates") : Self.type(stored.type)
      return description.adding(["anyOf": [plain, InputSchema.reference("sealed")]])
    }
    guard let member = field.sensitivity, sealed.contains(SensitivityClasses(member)) else {
      return plainNode(field, stored)
    }
    if collection.form == .platform {
      return description.adding(["anyOf": [plainNode(field, stored), InputSchema.reference("sealed")]])
    }
    return description.adding(InputSchema.reference(stored.type == .string ? "sealedText" : "sealed"))
  }

  /// Returns the schema of a field that is stored in clear.
  private func plainNode(_ field: FieldSchema, _ stored: StoredField) -> JSONValue {
    let description: JSONValue = ["description": .string(field.meaning)]
    let types = ([stored.type] + field.otherStoredTypes).map(Self.type)
    var node = description.adding(types.count == 1 ? types[0] : ["anyOf": .array(types)])
    if field.notEmpty { node = node.adding(["minLength": 1]) }
    if field.isClosed { node = node.adding(["enum": .array(field.knownValues.map(JSONValue.string) + [.null])]) }
    if let range = field.storedRange ?? field.range, stored.type != .date { node = node.adding(range.jsonSchema) }
    if field.type == .coordinates { node = node.adding(InputSchema.reference("coordinates")) }
    if field.isRawRecord, text == .extendedJSON { node = node.adding(rawRecord) }
    if let type = field.elementType { node = node.adding(["items": Self.type(type)]) }
    guard !field.fields.isEmpty, stored.type == .document || stored.type == .array else { return node }
    let inner = members(field.fields)
    return node.adding(stored.type == .document ? inner : ["items": (["type": "object"] as JSONValue).adding(inner)])
  }

  private var rawRecord: JSONValue {
    if collection.form == .platform { return [:] }
    let keys = SensitivityClass.allCases.filter { sealed.contains(SensitivityClasses($0)) }.flatMap(\.keys)
    let properties = keys.map { JSONValue.Member(key: $0, value: InputSchema.reference("sealedText")) }
    return properties.isEmpty ? [:] : ["properties": .object(properties)]
  }

  // MARK: Types

  private static func type(_ type: BSONType) -> JSONValue {
    switch type {
    case .double: ["type": ["number", "null"]]
    case .int64: ["type": ["integer", "null"]]
    case .int32: InputSchema.reference("int32")
    case .string: ["type": ["string", "null"]]
    case .bool: ["type": ["boolean", "null"]]
    case .array: ["type": ["array", "null"]]
    case .document: InputSchema.reference("object")
    case .binary: InputSchema.reference("binary")
    case .objectID: InputSchema.reference("objectId")
    case .date: InputSchema.reference("date")
    default: preconditionFailure("no field is stored as \(type)")
    }
  }

  /// Returns the schema of a value that Extended JSON wraps in an object with one member.
  private static func wrapped(_ key: String, _ value: JSONValue, _ description: String) -> JSONValue {
    [
      "description": .string(description), "type": ["object", "null"], "required": [.string(key)],
      "properties": .object([.init(key: key, value: value)]), "additionalProperties": false,
    ]
  }

  private static let binary: JSONValue = [
    "type": "object", "required": ["base64", "subType"], "properties": ["base64": ["type": "string"]],
  ]

  private static let int32: JSONValue = [
    "type": ["integer", "null"], "minimum": .int(Int64(Int32.min)), "maximum": .int(Int64(Int32.max)),
  ]

  private static let coordinates: JSONValue = [
    "type": ["array", "null"],
    "prefixItems": [
      (["type": "number"] as JSONValue).adding(Coordinates.latitudes.jsonSchema),
      (["type": "number"] as JSONValue).adding(Coordinates.longitudes.jsonSchema),
    ],
    "items": false, "anyOf": [["maxItems": 0], ["minItems": 2]],
  ]

  private static let exportedDefinitions: JSONValue = [
    "object": ["type": ["object", "null"]],
    "objectId": [
      "description": "An object id.", "type": ["string", "null"], "pattern": .string(TextPatterns.objectID),
    ],
    "date": ["description": "A date: ISO 8601, UTC.", "type": ["string", "null"], "format": "date-time"],
    "int32": int32,
    "binary": ["description": "Bytes in Base64, or a UUID.", "type": ["string", "null"]],
    "sealed": wrapped("$sealed", ["type": "string"], "A value that stayed sealed: its envelope in Base64."),
    "coordinates": coordinates,
  ]

  private static let definitions: JSONValue = [
    "object": [
      "description": "An object that does not represent another value in Extended JSON.",
      "type": ["object", "null"],
      "properties": ["$oid": false, "$date": false, "$binary": false, "$numberDecimal": false],
    ],
    "objectId": wrapped("$oid", ["type": "string", "pattern": .string(TextPatterns.objectID)], "An object id."),
    "date": wrapped(
      "$date", ["type": ["string", "object"]], "A date: ISO 8601 from 1970 to 9999, else milliseconds in $numberLong."),
    "int32": int32,
    "binary": wrapped("$binary", binary, "Bytes."),
    "sealed": [
      "description": "A sealed value: an envelope of subtype 80.",
      "anyOf": [InputSchema.reference("binary"), ["type": "null"]],
    ],
    "sealedText": [
      "description": "A sealed value: an envelope of subtype 80. Null and \"\" are not sealed.",
      "anyOf": [InputSchema.reference("binary"), ["enum": ["", nil]]],
    ],
    "coordinates": coordinates,
  ]
}
