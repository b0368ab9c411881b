/// The input format as JSON Schema 2020-12: the conditions under which import accepts a record.
///
/// As in `RecordReader`, null counts as missing, unknown members are accepted, and so are the irregularities of real
/// dumps.
public struct InputSchema: Sendable {
  private let collection: StoredCollection

  /// Creates the schema; nil if nothing is imported into the collection.
  public init?(_ collection: StoredCollection) {
    if collection.records.isEmpty { return nil }
    self.collection = collection
  }

  /// The schema of one kind of record, or of all kinds in the collection.
  public var rendering: JSONValue {
    let records = collection.records
    let head: JSONValue = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": .string("\(collection.name), as input"),
      "description": .string(records.map(\.description).joined(separator: " Or: ")),
    ]
    var kinds: JSONValue = [:]
    for record in records { kinds = kinds.adding([record.kind.rawValue: Self.kind(record)]) }
    let definitions: JSONValue = ["$defs": kinds.adding(Self.definitions(used: records.flatMap(\.fields)))]
    return head.adding(Self.choice(records)).adding(definitions)
  }

  /// Returns a schema that distinguishes the kinds as detection does, row by row.
  private static func choice(_ records: [RecordSchema]) -> JSONValue {
    guard let last = records.first else { return false }
    let rows = records.count > 1 ? Evidence.table.filter { row in records.contains { $0.kind == row.kind } } : []
    return rows.reversed().reduce(reference(last.kind.rawValue)) { rest, row in
      ["if": row.rendering, "then": reference(row.kind.rawValue), "else": rest]
    }
  }

  private static func kind(_ record: RecordSchema) -> JSONValue {
    let object: JSONValue = ["description": .string(record.description), "type": "object"]
    var rules = [EvidenceSchema.anyOf(Evidence.rows(of: record.kind).map(\.rendering))]
    rules += record.fields.filter { !$0.derivedFrom.isEmpty }.map { derived($0, of: record) }
    return object.adding(members(record.fields)).adding(["allOf": .array(rules)])
  }

  /// Returns the `properties` and `required` of an object.
  private static func members(_ fields: [FieldSchema]) -> JSONValue {
    var properties: JSONValue = [:]
    for field in fields {
      guard let key = field.key else { continue }
      properties = properties.adding([key: node(field)])
    }
    let required = fields.filter { $0.required && $0.derivedFrom.isEmpty }.compactMap(\.key)
    return required.isEmpty
      ? ["properties": properties] : ["required": .strings(required), "properties": properties]
  }

  private static func node(_ field: FieldSchema) -> JSONValue {
    var node: JSONValue = ["description": .string(field.meaning)]
    guard let type = field.type else { return node }
    switch type {
    case .text: node = node.adding(["type": field.required ? "string" : ["string", "null"]])
    case .flag: node = node.adding(["type": field.required ? "boolean" : ["boolean", "null"]])
    case .object: node = node.adding(object(field))
    default:
      node = node.adding(reference(type.rawValue))
      if field.required, field.derivedFrom.isEmpty { node = node.adding(notNull) }
    }
    if field.notEmpty { node = node.adding(["minLength": 1]) }
    if let range = field.range { node = node.adding(range.jsonSchema) }
    if !field.knownValues.isEmpty {
      node = node.adding(["$comment": .string("Known: " + field.knownValues.joined(separator: ", "))])
    }
    return field.example.map { node.adding(["examples": [$0]]) } ?? node
  }

  private static func object(_ field: FieldSchema) -> JSONValue {
    let object: JSONValue = ["type": ["object", "null"]]
    guard let embedded = field.embeds.flatMap(RecordSchema.of) else { return object.adding(members(field.fields)) }
    // An inner object with an id is a record. Its fields are checked, but its path determines its kind.
    return object.adding(members(field.fields)).adding(
      ["if": present("id"), "then": members(embedded.fields)])
  }

  private static func derived(_ field: FieldSchema, of record: RecordSchema) -> JSONValue {
    let sources = field.derivedFrom.map { key -> JSONValue in
      let bounds = key == "utc_offset" ? NumericRange.between(-Activity.widestOffset, Activity.widestOffset) : nil
      return present(key, bounds?.jsonSchema ?? [:])
    }
    return [
      "$comment": .string("\(field.key ?? "") may be computed from \(field.derivedFrom.joined(separator: " and "))."),
      "anyOf": [present(field.key ?? ""), ["allOf": .array(sources)]],
    ]
  }

  // MARK: Parts

  static let notNull: JSONValue = ["not": ["type": "null"]]

  static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/$defs/\(name)")] }

  /// Returns a schema that requires a key with a value that is not null and matches `more`.
  static func present(_ key: String, _ more: JSONValue = [:]) -> JSONValue {
    ["required": [.string(key)], "properties": .object([.init(key: key, value: notNull.adding(more))])]
  }

  private static func definitions(used fields: [FieldSchema]) -> JSONValue {
    let types = Set((fields + fields.flatMap(\.fields)).compactMap(\.type))
    return .object(definitions.filter { types.contains($0.type) }.map { .init(key: $0.type.rawValue, value: $0.node) })
  }

  private static let definitions: [(type: FieldType, node: JSONValue)] = [
    (
      .identifier,
      [
        "description": "An id from Strava. Programs that re-save JSON change some to 17.0 or \"17\".",
        "anyOf": [
          ["type": ["integer", "null"], "minimum": 1, "maximum": .int(.max)],
          ["type": "string", "pattern": .string(TextPatterns.identifier)],
        ],
      ]
    ),
    (
      .reference,
      [
        "description": "A document's id in hexadecimal digits, or an id that Strava gave.",
        "anyOf": [
          ["type": ["integer", "null"], "minimum": 1, "maximum": .int(.max)],
          ["type": "string", "pattern": .string(TextPatterns.objectID)],
          ["type": "string", "pattern": .string(TextPatterns.identifier)],
        ],
      ]
    ),
    (
      .int32,
      [
        "description": "A whole number of 32 bits; 17.0 is one.", "type": ["integer", "null"],
        "minimum": .int(Int64(Int32.min)), "maximum": .int(Int64(Int32.max)),
      ]
    ),
    (
      .number,
      [
        "description": "Any number that fits a double.", "type": ["number", "null"],
        "minimum": .double(-.greatestFiniteMagnitude), "maximum": .double(.greatestFiniteMagnitude),
      ]
    ),
    (
      .instant,
      [
        "description": "A date, taken for UTC where it names no zone.", "type": ["string", "null"],
        "pattern": .string(TextPatterns.date),
      ]
    ),
    (
      .wallClock,
      [
        "description": "A date whose zone means nothing.", "type": ["string", "null"],
        "pattern": .string(TextPatterns.date),
      ]
    ),
    (.unixSeconds, ["description": "Seconds since 1970. A fraction is ignored.", "type": ["number", "null"]]),
    (
      .coordinates,
      [
        "description": "Latitude and longitude in degrees, or [] if there are none.", "type": ["array", "null"],
        "prefixItems": [
          (["type": "number"] as JSONValue).adding(Coordinates.latitudes.jsonSchema),
          (["type": "number"] as JSONValue).adding(Coordinates.longitudes.jsonSchema),
        ],
        "items": false, "anyOf": [["maxItems": 0], ["minItems": 2]],
      ]
    ),
  ]
}

extension NumericRange {
  /// The range as `minimum` and `maximum`, in the syntax of JSON Schema since draft 6.
  var jsonSchema: JSONValue {
    var bounds: JSONValue = [:]
    if let low { bounds = bounds.adding([excludesLow ? "exclusiveMinimum" : "minimum": .number(low)]) }
    if let high { bounds = bounds.adding(["maximum": .number(high)]) }
    return bounds
  }
}

extension ClosedRange<Double> {
  var jsonSchema: JSONValue { NumericRange.between(lowerBound, upperBound).jsonSchema }
}

extension FieldSchema {
  /// The description with the unit.
  var meaning: String { unit.map { "\(description) Unit: \($0)." } ?? description }
}
