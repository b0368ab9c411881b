import BSON

/// The type of a field in the input.
public enum FieldType: String, Sendable {
  /// A `StravaID`.
  case identifier
  /// The `RecordReference` of an insight.
  case reference
  case text
  case flag
  /// A whole number of 32 bits. Floating-point numbers with whole values are accepted.
  case int32
  /// Any number; it is stored as a double.
  case number
  /// A `StravaDate`; it is stored as its instant.
  case instant
  /// A `StravaDate`; it is stored as its local time.
  case wallClock
  /// A time in whole seconds since 1970; it is stored as a date.
  case unixSeconds
  /// A `Coordinates` value.
  case coordinates
  /// An object with `fields`.
  case object

  /// The BSON type in which the value is stored.
  var stored: BSONType {
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

/// The writer of a stored field.
public enum FieldOwner: Sendable {
  /// Import. The field mirrors the stored record, so a record without it unsets the field.
  case record
  /// Import and other programs. Import never unsets the field.
  case shared
  /// Import, which computes the value (ids, times, hashes, source).
  case store
  /// The platform. Import never changes the field.
  case platform
}

/// A range of numbers, which includes its bounds by default.
public struct NumericRange: Sendable, Equatable {
  public var low: Double?
  public var high: Double?
  public var excludesLow = false

  public static func atLeast(_ low: Double) -> NumericRange { NumericRange(low: low, high: nil) }
  public static func moreThan(_ low: Double) -> NumericRange { NumericRange(low: low, high: nil, excludesLow: true) }
  public static func between(_ low: Double, _ high: Double) -> NumericRange { NumericRange(low: low, high: high) }

  var text: String {
    switch (low, high) {
    case (let low?, nil): excludesLow ? "more than \(Self.short(low))" : "\(Self.short(low)) or more"
    case (nil, let high?): "\(Self.short(high)) or less"
    case (let low?, let high?): "\(Self.short(low)) to \(Self.short(high))"
    case (nil, nil): "any number"
    }
  }

  private static func short(_ value: Double) -> String { Int64(exactly: value).map(String.init) ?? String(value) }
}

/// The stored form of a field.
public struct StoredField: Sendable, Equatable {
  public var name: String
  /// The type that import writes.
  public var type: BSONType
  public var owner: FieldOwner
  /// Whether every document of the collection has the field, regardless of its writer.
  public var required: Bool
}

/// The reference of a field to a collection.
public struct FieldReference: Sendable, Equatable {
  public var collection: String
  public var field: String
}
