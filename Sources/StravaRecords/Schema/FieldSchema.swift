import BSON

/// One field: what the input may hold, what is stored, and what both mean.
public struct FieldSchema: Sendable {
  /// The key in the input; nil where only the store has the field.
  public var key: String?
  public var type: FieldType?
  public var stored: StoredField?
  /// The input must have it, neither null nor missing.
  public var required: Bool
  /// A missing required field is worked out where all of these are there.
  public var derivedFrom: [String] = []
  public var range: NumericRange?
  /// The stored value's bounds where they are not `range`.
  public var storedRange: NumericRange?
  public var unit: String?
  public var description: String
  /// Synthetic; what the input holds, and for fields of the store its Extended JSON.
  public var example: JSONValue?
  /// Where the input has none.
  public var absence: String?
  /// "" is refused as missing.
  public var notEmpty = false
  /// Other texts are kept and noted, or refused where `isClosed`; none here means that any text is as good.
  public var knownValues: [String] = []
  public var isClosed = false
  /// Unknown values are not personal data and may be named in a note.
  public var namesUnknownValues = false
  /// The fields of an object, or of each element of an array.
  public var fields: [FieldSchema] = []
  /// The type of each element of a stored array, where these are not objects.
  public var elementType: BSONType?
  /// Keys of an object that Strava sends and nothing here reads.
  public var otherKeys: [String] = []
  /// The object is a record of that kind too.
  public var embeds: RecordKind?
  /// A class that the key does not tell: the value is sealed whole.
  public var wholeClass: SensitivityClass?
  /// The name spells a class that the value does not have.
  public var isUnclassed = false
  /// A record as it was sent: inside, each value under a classed key is sealed by itself.
  public var isRawRecord = false
  /// Types that the platform may store in place of import's.
  public var otherStoredTypes: [BSONType] = []
  public var reference: FieldReference?

  /// By the input's key, else by the stored name.
  public var sensitivity: SensitivityClass? {
    if isUnclassed { return nil }
    return wholeClass ?? (key ?? stored?.name).flatMap { SensitivityClass.of($0) }
  }

  /// A field that is read and stored, under its own name by default.
  static func field(
    _ key: String, _ type: FieldType, _ description: String, storedAs name: String? = nil, as bson: BSONType? = nil,
    owner: FieldOwner = .record, required: Bool = false, range: NumericRange? = nil, unit: String? = nil
  ) -> FieldSchema {
    let stored = StoredField(name: name ?? key, type: bson ?? type.stored, owner: owner, required: required)
    return FieldSchema(
      key: key, type: type, stored: stored, required: required, range: range,
      storedRange: type == .identifier ? .atLeast(1) : nil, unit: unit, description: description)
  }

  /// A field that is read, but stored only by what it leads to.
  static func readOnly(_ key: String, _ type: FieldType, _ description: String) -> FieldSchema {
    FieldSchema(key: key, type: type, stored: nil, required: false, description: description)
  }

  /// A field that only the store has.
  static func storeOnly(
    _ name: String, _ type: BSONType, _ description: String, owner: FieldOwner = .store, required: Bool = false,
    range: NumericRange? = nil, unit: String? = nil
  ) -> FieldSchema {
    FieldSchema(
      key: nil, type: nil, stored: StoredField(name: name, type: type, owner: owner, required: required),
      required: false, storedRange: range, unit: unit, description: description)
  }

  // MARK: More about a field, in chains

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
  var rawRecord: FieldSchema { with { $0.isRawRecord = true } }

  private func with(_ change: (inout FieldSchema) -> Void) -> FieldSchema {
    var copy = self
    change(&copy)
    return copy
  }
}
