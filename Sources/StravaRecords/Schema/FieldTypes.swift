import BSON

/// What a field of the input may hold.
public enum FieldType: String, Sendable {
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

  /// What it is stored as.
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

/// Bounds, both included by default.
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

/// A field as it is stored.
public struct StoredField: Sendable, Equatable {
  public var name: String
  /// What import writes.
  public var type: BSONType
  public var owner: FieldOwner
  /// Every document of the collection has it, whoever wrote it.
  public var required: Bool
}

/// What a field points at.
public struct FieldReference: Sendable, Equatable {
  public var collection: String
  public var field: String
}
