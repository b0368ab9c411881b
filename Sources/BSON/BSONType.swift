/// The type byte of a BSON element (bsonspec.org, version 1.1).
public enum BSONType: UInt8, Sendable {
  case double = 0x01
  case string = 0x02
  case document = 0x03
  case array = 0x04
  case binary = 0x05
  case undefined = 0x06
  case objectID = 0x07
  case bool = 0x08
  case date = 0x09
  case null = 0x0A
  case regex = 0x0B
  case dbPointer = 0x0C
  case javaScript = 0x0D
  case symbol = 0x0E
  case scopedJavaScript = 0x0F
  case int32 = 0x10
  case timestamp = 0x11
  case int64 = 0x12
  case decimal128 = 0x13
  case minKey = 0xFF
  case maxKey = 0x7F
}

/// Limits that MongoDB sets for one document.
public enum BSONLimits {
  /// Largest document a server stores: 16 MiB.
  public static let documentSize = 16 * 1024 * 1024
  /// Deepest nesting a server stores, the document itself counted.
  public static let depth = 100
}

/// Binary subtypes in use here.
public enum BinarySubtype {
  public static let generic: UInt8 = 0x00
  public static let uuid: UInt8 = 0x04
  /// User defined: sealed values.
  public static let sealed: UInt8 = 0x80
}

/// A point in time as BSON keeps it.
public struct BSONDate: Sendable, Hashable, Comparable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Those between two dates; the most an `Int64` holds where it is more, since others may have stored any date.
  public func milliseconds(since other: BSONDate) -> Int64 {
    let (difference, overflow) = milliseconds.subtractingReportingOverflow(other.milliseconds)
    return overflow ? (milliseconds < 0 ? .min : .max) : difference
  }

  public static func < (a: BSONDate, b: BSONDate) -> Bool { a.milliseconds < b.milliseconds }
}
