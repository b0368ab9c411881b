/// What a finding means for the record it speaks of.
public enum Severity: String, Sendable, Codable, Comparable {
  /// Worth knowing; the record is stored as it is.
  case note
  /// Suspicious; the record is stored as it is.
  case warning
  /// The record (or the whole input) is rejected.
  case error

  public static func < (a: Severity, b: Severity) -> Bool { a.order < b.order }

  /// From the least severe one.
  public var order: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
}

/// A place in the text of one input.
public struct Position: Sendable, Equatable {
  /// From 1; lines end at LF.
  public var line: Int
  /// From 1, in Unicode scalars.
  public var column: Int
  /// From 0, in bytes of the (decompressed) text, a byte order mark included.
  public var offset: Int

  public init(line: Int, column: Int, offset: Int) {
    self.line = line
    self.column = column
    self.offset = offset
  }
}

/// A recoverable problem as a value: what was found, where, and how bad it is.
///
/// The message never holds a value of a classed field (a token, a name, a coordinate, a heart rate); the
/// snippet masks them.
public struct Finding: Sendable, Equatable {
  public var rule: Rule
  public var severity: Severity
  /// The input as the user named it; archive members as `dump.zip/activities/1.json`, `-` for standard input.
  public var file: String?
  /// The stored document that is meant, as `collection/_id`; such a finding has no file.
  public var document: String?
  public var position: Position?
  /// Ordinal of the record in its file, from 1.
  public var record: Int?
  /// JSON Pointer (RFC 6901) from the root of the record or document; "" is that itself.
  public var pointer: String?
  public var message: String
  /// The source line with a caret below the place, values of classed keys masked.
  public var snippet: String?

  public init(
    _ rule: Rule, _ message: String, severity: Severity? = nil, file: String? = nil, document: String? = nil,
    position: Position? = nil, record: Int? = nil, pointer: String? = nil, snippet: String? = nil
  ) {
    self.rule = rule
    self.severity = severity ?? rule.severity
    self.file = file
    self.document = document
    self.position = position
    self.record = record
    self.pointer = pointer
    self.message = message
    self.snippet = snippet
  }
}
