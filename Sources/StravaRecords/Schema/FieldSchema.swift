import BSON

/// The schema of one field: the valid input, the stored form, and the meaning.
public struct FieldSchema: Sendable {
  /// The key in the input; nil for a field that only the store has.
  public var key: String?
  public var type: FieldType?
  public var stored: StoredField?
  /// Whether the input must have the field with a value that is not null.
  public var required: Bool
  /// The keys from which a missing required field is computed, if all of them are present.
  public var derivedFrom: [String] = []
  public var range: NumericRange?
  /// The range of the stored value, if it differs from `range`.
  public var storedRange: NumericRange?
  public var unit: String?
  public var description: String
  /// A synthetic example of the input, or, for fields that only the store has, of the Extended JSON.
  public var example: JSONValue?
  /// The meaning of a missing value in the input.
  public var absence: String?
  /// Whether "" is rejected as missing.
  public var notEmpty = false
  /// The known texts. Other texts are stored with a note, or rejected if `isClosed` is true. If the array is empty, all
  /// texts are accepted.
  public var knownValues: [String] = []
  public var isClosed = false
  /// Whether a note may contain unknown values, because they are not personal data.
  public var namesUnknownValues = false
  /// The fields of an object, or of each element of an array.
  public var fields: [FieldSchema] = []
  /// The type of the elements of a stored array, if they are not objects.
  public var elementType: BSONType?
  /// The keys of an object that Strava sends and that this program does not read.
  public var otherKeys: [String] = []
  /// The kind of record that the object also is.
  public var embeds: RecordKind?
  /// The class of the whole value, if the key does not determine it. The value is sealed as a whole.
  public var wholeClass: SensitivityClass?
  /// Whether the value has no class although its name matches one.
  public var isUnclassed = false
  /// Whether the value is an unchanged record. Each value under a classed key inside it is sealed separately.
  public var isRawRecord = false
  /// Whether an object has other members than `fields`.
  public var isOpen = false
  /// Types that the platform may store instead of the type that import writes.
  public var otherStoredTypes: [BSONType] = []
  public var reference: FieldReference?

  /// The class by the key in the input, or, if there is no such key, by the stored name.
  public var sensitivity: SensitivityClass? {
    if isUnclassed { return nil }
    return wholeClass ?? (key ?? stored?.name).flatMap { SensitivityClass.of($0) }
  }

  /// Returns a field that is read and stored, by default under its own name.
  static func field(
    _ key: String, _ type: FieldType, _ description: String, storedAs name: String? = nil, as bson: BSONType? = nil,
    owner: FieldOwner = .record, required: Bool = false, range: NumericRange? = nil, unit: String? = nil
  ) -> FieldSchema {
    let stored = StoredField(name: name ?? key, type: bson ?? type.stored, owner: owner, required: required)
    return FieldSchema(
      key: key, type: type, stored: stored, required: required, range: range,
      storedRange: type == .identifier ? .atLeast(1) : nil, unit: unit, description: description)
  }

  /// Returns a field that is read but not stored itself. Only values derived from it are stored.
  static func readOnly(_ key: String, _ type: FieldType, _ description: String) -> FieldSchema {
    FieldSchema(key: key, type: type, stored: nil, required: false, description: description)
  }

  /// Returns a field that only the store has.
  static func storeOnly(
    _ name: String, _ type: BSONType, _ description: String, owner: FieldOwner = .store, required: Bool = false,
    range: NumericRange? = nil, unit: String? = nil
  ) -> FieldSchema {
    FieldSchema(
      key: nil, type: nil, stored: StoredField(name: name, type: type, owner: owner, required: required),
      required: false, storedRange: range, unit: unit, description: description)
  }

  // MARK: Further properties, as chained calls

  func derived(from keys: String...) -> FieldSchema { with { $0.derivedFrom = keys } }
  func like(_ example: JSONValue) -> FieldSchema { with { $0.example = example } }
  func missing(_ where: String) -> FieldSchema { with { $0.absence = `where` } }
  func ofKnown(_ values: [String], named: Bool = false) -> FieldSchema {
    with {
      $0.knownValues = values
      $0.namesUnknownValues = named
    }
  }
  func only(_ values: String...) -> FieldSchema {
    with {
      $0.knownValues = values
      $0.isClosed = true
    }
  }
  func holding(_ fields: [FieldSchema], other keys: [String] = []) -> FieldSchema {
    with {
      $0.fields = fields
      $0.otherKeys = keys
    }
  }
  func ofElements(_ type: BSONType) -> FieldSchema { with { $0.elementType = type } }
  func storedIn(_ range: NumericRange) -> FieldSchema { with { $0.storedRange = range } }
  func sealedWhole(as member: SensitivityClass) -> FieldSchema { with { $0.wholeClass = member } }
  func orStoredAs(_ types: BSONType...) -> FieldSchema { with { $0.otherStoredTypes = types } }
  func embedding(_ kind: RecordKind) -> FieldSchema { with { $0.embeds = kind } }
  func pointing(to collection: String, _ field: String) -> FieldSchema {
    with { $0.reference = FieldReference(collection: collection, field: field) }
  }
  var nonEmpty: FieldSchema { with { $0.notEmpty = true } }
  var unclassed: FieldSchema { with { $0.isUnclassed = true } }
  var open: FieldSchema { with { $0.isOpen = true } }
  var rawRecord: FieldSchema { with { $0.isRawRecord = true } }

  private func with(_ change: (inout FieldSchema) -> Void) -> FieldSchema {
    var copy = self
    change(&copy)
    return copy
  }
}
