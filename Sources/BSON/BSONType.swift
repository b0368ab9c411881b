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
  /// The size in bytes of the largest document that a server stores: 16 MiB.
  public static let documentSize = 16 * 1024 * 1024
  /// The number of levels of the deepest document that a server stores, including the document itself.
  public static let depth = 100
}

/// The subtypes of BSON binaries that this project uses.
public enum BinarySubtype {
  public static let generic: UInt8 = 0x00
  public static let uuid: UInt8 = 0x04
  /// The user-defined subtype of sealed values.
  public static let sealed: UInt8 = 0x80
}

/// A point in time, as BSON stores it.
public struct BSONDate: Sendable, Hashable, Comparable {
  /// The number of milliseconds since 1970-01-01T00:00:00Z.
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Returns the number of milliseconds from `other` to this date. If an `Int64` cannot hold the difference, returns
  /// the nearest value that it can hold, since other programs may have stored any date.
  public func milliseconds(since other: BSONDate) -> Int64 {
    let (difference, overflow) = milliseconds.subtractingReportingOverflow(other.milliseconds)
    return overflow ? (milliseconds < 0 ? .min : .max) : difference
  }

  public static func < (a: BSONDate, b: BSONDate) -> Bool { a.milliseconds < b.milliseconds }
}
