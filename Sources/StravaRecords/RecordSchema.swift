import BSON

/// What a field of the input may hold.
public enum FieldType: Sendable {
  /// A `StravaID`.
  case identifier
  /// An insight's `RecordReference`.
  case reference
  case text
  case flag
  /// Whole, 32 bits; whole floats are taken.
  case int32
  /// Any number, stored as double.
  case number
  /// A `StravaDate`, stored as its instant.
  case instant
  /// A `StravaDate`, stored as its wall clock.
  case wallClock
  /// Whole seconds since 1970, stored as date.
  case unixSeconds
  /// `Coordinates`.
  case coordinates
  /// An object with `fields`.
  case object
}

/// Who writes a stored field.
public enum FieldOwner: Sendable {
  /// Import: it mirrors the kept record, and a record without it unsets it.
  case record
  /// Import, but others write it too: never unset.
  case shared
  /// Import works it out (ids, times, hashes, source).
  case store
  /// The platform: import never touches it.
  case platform
}

/// Bounds, both included.
public struct NumericRange: Sendable, Equatable {
  public var low: Double?
  public var high: Double?

  public static func atLeast(_ low: Double) -> NumericRange { NumericRange(low: low, high: nil) }
  public static func between(_ low: Double, _ high: Double) -> NumericRange { NumericRange(low: low, high: high) }

  var text: String {
    switch (low, high) {
    case (let low?, nil): "\(Self.short(low)) or more"
    case (nil, let high?): "\(Self.short(high)) or less"
    case (let low?, let high?): "\(Self.short(low)) to \(Self.short(high))"
    case (nil, nil): "any number"
    }
  }

  private static func short(_ value: Double) -> String { Int64(exactly: value).map(String.init) ?? String(value) }
}

/// A field as it is stored.
public struct StoredField: Sendable, Equatable {
  public var name: String
  public var type: BSONType
  public var owner: FieldOwner
  /// Every document of the collection has it, whoever wrote it.
  public var required: Bool
}

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
  public var unit: String?
  public var description: String
  /// "" is refused as missing.
  public var notEmpty = false
  /// Other texts are kept and noted; none here means that any text is as good.
  public var knownValues: [String] = []
  /// Unknown values are no personal data and may be named in a note.
  public var namesUnknownValues = false
  /// The fields of an object.
  public var fields: [FieldSchema] = []
  /// Keys of an object that Strava sends and nothing here reads.
  public var otherKeys: [String] = []

  /// By the input's key, else by the stored name.
  public var sensitivity: SensitivityClass? { (key ?? stored?.name).flatMap { SensitivityClass.of($0) } }

  /// A field that is read and stored, under its own name unless told otherwise.
  static func field(
    _ key: String, _ type: FieldType, _ description: String, storedAs name: String? = nil, as bson: BSONType? = nil,
    owner: FieldOwner = .record, required: Bool = false, range: NumericRange? = nil, unit: String? = nil
  ) -> FieldSchema {
    let stored = StoredField(name: name ?? key, type: bson ?? type.stored, owner: owner, required: required)
    return FieldSchema(
      key: key, type: type, stored: stored, required: required, range: range, unit: unit, description: description)
  }

  /// A field that is read, but stored only by what it leads to.
  static func readOnly(_ key: String, _ type: FieldType, _ description: String) -> FieldSchema {
    FieldSchema(key: key, type: type, stored: nil, required: false, description: description)
  }

  /// A field that only the store has.
  static func storeOnly(
    _ name: String, _ type: BSONType, _ description: String, owner: FieldOwner = .store, required: Bool = false
  ) -> FieldSchema {
    FieldSchema(
      key: nil, type: nil, stored: StoredField(name: name, type: type, owner: owner, required: required),
      required: false, description: description)
  }

  func derived(from keys: String...) -> FieldSchema { with { $0.derivedFrom = keys } }
  func ofKnown(_ values: [String], named: Bool = false) -> FieldSchema {
    with {
      $0.knownValues = values
      $0.namesUnknownValues = named
    }
  }
  func holding(_ fields: [FieldSchema], other keys: [String] = []) -> FieldSchema {
    with {
      $0.fields = fields
      $0.otherKeys = keys
    }
  }
  var nonEmpty: FieldSchema { with { $0.notEmpty = true } }

  private func with(_ change: (inout FieldSchema) -> Void) -> FieldSchema {
    var copy = self
    change(&copy)
    return copy
  }
}

extension FieldType {
  fileprivate var stored: BSONType {
    switch self {
    case .identifier: .int64
    case .reference: .objectID
    case .text: .string
    case .flag: .bool
    case .int32: .int32
    case .number: .double
    case .instant, .wallClock, .unixSeconds: .date
    case .coordinates: .array
    case .object: .document
    }
  }
}

/// The one source of truth about a kind that is stored: checks, notes and every rendering come from it.
public struct RecordSchema: Sendable {
  public let kind: RecordKind
  public let collection: String
  /// In the order of the stored document.
  public let fields: [FieldSchema]
  /// Keys that Strava sends and nothing here reads: they live on in `raw_data` without a note.
  public let otherKeys: [String]

  /// Stored names that mirror the record: what a record lacks of these is unset.
  public var importedFields: [String] { fields.compactMap { $0.stored?.owner == .record ? $0.stored?.name : nil } }

  public static func of(_ kind: RecordKind) -> RecordSchema? {
    switch kind {
    case .activity: activity
    case .athlete: athlete
    case .token: token
    case .insight: insight
    default: nil
    }
  }

  /// What every document has.
  static let common: [FieldSchema] = [
    .storeOnly("schema_version", .int32, "Version of this schema: 1."),
    .storeOnly("created_at", .date, "When the document was made."),
    .storeOnly("updated_at", .date, "When its content last changed."),
    .storeOnly("raw_data", .document, "The record as it was sent, sealed where the policy says so."),
    .storeOnly("source", .document, "Where the record came from: origin, file, record, digest, run, imported_at."),
  ]
}
