import BSON
import Findings

/// A check of a stored document against the schema of its collection. The result is the same as that of
/// `ServerValidator`. The server only rejects the whole document; this check reports a finding for each field.
///
/// No message contains a stored value.
///
/// ```swift
/// let check = StoredCheck(.activities, sealing: [.secret, .identity])
/// for finding in check.findings(in: document) { print(finding.pointer ?? "", finding.message) }
/// ```
public struct StoredCheck: Sendable {
  private let fields: StoredFields

  /// - Parameter classes: the sealed classes; empty for a document whose values have been decrypted.
  public init(_ collection: StoredCollection, sealing classes: SensitivityClasses) {
    fields = StoredFields(collection.fields, sealing: classes, in: collection.form)
  }

  public func findings(in document: BSONView) -> [Finding] {
    var walk = StoredWalk()
    walk.check(document, fields)
    return walk.findings
  }
}

private struct StoredWalk {
  private(set) var findings: [Finding] = []
  private var path = PointerPath()

  mutating func check(_ document: BSONView, _ fields: StoredFields) {
    var missing = fields.required
    for element in document {
      guard let index = fields.table.index(of: element) else { continue }
      missing.remove(index)
      path.push(element)
      check(element.value, fields.fields[index])
      path.pop()
    }
    for index in missing.sorted() {
      add(.missing, "the required field is missing", inside: "/" + fields.fields[index].name.pointerStep)
    }
  }

  private mutating func check(_ value: BSONField, _ field: StoredFields.Field) {
    if value.isNull { return field.isNullable ? () : add(.missing, "the required field is missing") }
    if field.mayBeSealed, value.is(.binary) { return }
    if field.isSealed { return sealed(value, field) }
    guard field.types.contains(where: value.is) else {
      return add(.wrongType, "expected \(field.wanted), found \(value.typeInWords)")
    }
    if let text = value.text {
      if field.notEmpty, text.isEmpty { add(.missing, "the value must not be empty") }
      if let values = field.onlyValues, values.index(of: text) == nil {
        add(.outOfRange, "the value is not one of the allowed values")
      }
    }
    if let range = field.range, let number = value.number, !range.contains(number) {
      add(.outOfRange, "expected \(range.text)")
    }
    if field.isCoordinates, !isPoint(value) {
      add(.badCoordinate, "expected [latitude, longitude] in degrees (−90 to 90, −180 to 180), or []")
    }
    if let type = field.elementType, let array = value.array { elements(of: array, type) }
    guard let inner = field.inner else { return }
    if let document = value.document { check(document, inner) }
    if let array = value.array { elements(of: array, inner) }
  }

  private mutating func elements(of array: BSONView, _ inner: StoredFields) {
    for element in array {
      path.push(element)
      if let document = element.value.document {
        check(document, inner)
      } else {
        add(.wrongType, "expected an object, found \(element.value.typeInWords)")
      }
      path.pop()
    }
  }

  private mutating func elements(of array: BSONView, _ type: BSONType) {
    for element in array where !type.storedTypes.contains(where: element.value.is) {
      path.push(element)
      add(.wrongType, "expected \(type.inWords), found \(element.value.typeInWords)")
      path.pop()
    }
  }

  /// Checks that a value is an envelope, as far as its type shows. Null and "" are not sealed.
  private mutating func sealed(_ value: BSONField, _ field: StoredFields.Field) {
    if value.is(.binary) || field.types.contains(.string) && value.text?.isEmpty == true { return }
    if field.types.contains(where: value.is) {
      add(.inClear, "the value belongs to a sealed class but is stored in clear; encrypt-migrate seals it")
    } else {
      add(.wrongType, "expected a sealed value (binary), found \(value.typeInWords)")
    }
  }

  private func isPoint(_ value: BSONField) -> Bool {
    Coordinates(value) != nil
      && (value.array?.allSatisfy { element in BSONType.double.storedTypes.contains(where: element.value.is) } ?? false)
  }

  private mutating func add(_ rule: Rule, _ message: String, inside: String = "") {
    findings.append(Finding(rule, message, severity: .error, pointer: path.text + inside))
  }
}

/// The stored fields of a collection in a form for fast checks.
private struct StoredFields: Sendable {
  struct Field: Sendable {
    var name: String
    var types: [BSONType]
    var isNullable: Bool
    var isSealed = false
    /// True if a sealed value is accepted in place of one in clear.
    var mayBeSealed = false
    var notEmpty = false
    var onlyValues: KeyTable?
    var range: NumericRange?
    var isCoordinates = false
    var inner: StoredFields?
    var elementType: BSONType?

    var wanted: String { types.map(\.inWords).joined(separator: " or ") }
  }

  let table: KeyTable
  let fields: [Field]
  /// The indexes of the required fields. The server ensures that every document has an `_id`.
  let required: Set<Int>

  init(_ schemas: [FieldSchema], sealing classes: SensitivityClasses, in form: StoreForm) {
    self.init(schemas.compactMap { Self.field($0, classes, form) })
  }

  private init(_ fields: [Field]) {
    table = KeyTable(fields.map(\.name))
    self.fields = fields
    required = Set(fields.indices.filter { !fields[$0].isNullable && fields[$0].name != "_id" })
  }

  private static func field(_ schema: FieldSchema, _ classes: SensitivityClasses, _ form: StoreForm) -> Field? {
    guard let stored = schema.stored else { return nil }
    var field = Field(
      name: stored.name, types: ([stored.type] + schema.otherStoredTypes).flatMap(\.storedTypes),
      isNullable: !stored.required)
    if let member = schema.sensitivity, classes.contains(SensitivityClasses(member)) {
      field.isSealed = form == .specification
      field.mayBeSealed = form == .platform
      if field.isSealed { return field }
    }
    field.notEmpty = schema.notEmpty
    if schema.isClosed { field.onlyValues = KeyTable(schema.knownValues) }
    if stored.type != .date { field.range = schema.storedRange ?? schema.range }
    field.isCoordinates = schema.type == .coordinates
    field.elementType = schema.elementType
    if schema.isRawRecord {
      field.inner = StoredFields(rawRecord: form == .platform ? [] : classes)
    } else if !schema.fields.isEmpty, stored.type == .document || stored.type == .array {
      field.inner = StoredFields(schema.fields, sealing: classes, in: form)
    }
    return field
  }

  /// Creates the fields of an unchanged record: its classed keys, with values of any type.
  private init(rawRecord classes: SensitivityClasses) {
    let keys = SensitivityClass.allCases.filter { classes.contains(SensitivityClasses($0)) }.flatMap(\.keys)
    self.init(keys.map { Field(name: $0, types: BSONType.ofJSON, isNullable: true, isSealed: true) })
  }
}

extension NumericRange {
  /// Returns whether the range contains the number; false for not-a-number, which a server sorts before every number.
  fileprivate func contains(_ number: Double) -> Bool {
    if number.isNaN { return false }
    if let low, excludesLow ? number <= low : number < low { return false }
    return high.map { number <= $0 } ?? true
  }
}

extension BSONType {
  /// The BSON types of values that JSON text can represent.
  fileprivate static let ofJSON: [BSONType] = [
    .string, .document, .array, .bool, .double, .int32, .int64, .decimal128,
  ]

  /// The type, and the other types that drivers use for the same number.
  var storedTypes: [BSONType] {
    switch self {
    case .double: [.double, .int32, .int64]
    case .int64: [.int64, .int32]
    default: [self]
    }
  }

  fileprivate var inWords: String {
    switch self {
    case .double: "a double"
    case .int32: "an int"
    case .int64: "a long"
    case .decimal128: "a decimal128"
    case .string: "a string"
    case .document: "an object"
    case .array: "an array"
    case .binary: "a binary"
    case .objectID: "an object id"
    case .bool: "a boolean"
    case .date: "a date"
    case .null: "null"
    default: "another type"
    }
  }
}

extension BSONField {
  fileprivate var typeInWords: String { BSONType(rawValue: type)?.inWords ?? "another type" }
}
