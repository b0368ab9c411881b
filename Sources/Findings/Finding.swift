/// The effect of a finding on its record.
public enum Severity: String, Sendable, Codable, Comparable {
  /// Information only; the record is stored unchanged.
  case note
  /// A possible error; the record is stored unchanged.
  case warning
  /// The record (or the whole input) is rejected.
  case error

  public static func < (a: Severity, b: Severity) -> Bool { a.order < b.order }

  /// The position from the least severe to the most severe, starting at 0.
  public var order: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
}

/// A position in the text of one input.
public struct Position: Sendable, Equatable {
  /// The line number, starting at 1. Lines end with LF.
  public var line: Int
  /// The column number in Unicode scalars, starting at 1.
  public var column: Int
  /// The byte offset in the decompressed text, starting at 0. A byte order mark counts.
  public var offset: Int

  public init(line: Int, column: Int, offset: Int) {
    self.line = line
    self.column = column
    self.offset = offset
  }
}

/// A recoverable problem: what was found, where it was found, and how severe it is.
///
/// The message never contains a value of a sensitive field, such as a token, a name, a coordinate or a heart rate. The
/// snippet masks such values.
///
/// ```swift
/// var finding = Finding(.wrongType, "the distance is a text, not a number", pointer: "/distance")
/// finding.file = "dumps/2024.json"
/// finding.severity  // .error, the severity of the rule
/// ```
public struct Finding: Sendable, Equatable {
  public var rule: Rule
  public var severity: Severity
  /// The path of the input as the user wrote it. A member of an archive is `dump.zip/activities/1.json`, and standard
  /// input is `-`.
  public var file: String?
  /// The stored document, as `collection/_id`. A finding has either a file or a document.
  public var document: String?
  public var position: Position?
  /// The number of the record in its file, starting at 1.
  public var record: Int?
  /// The JSON Pointer (RFC 6901) from the root of the record or document; "" is the root itself.
  public var pointer: String?
  /// What the finding is about, wherever it is in its file; nil if it is about no record.
  public var subject: Subject?
  public var message: String
  /// The source line with a caret below the position. Values of sensitive fields are masked.
  public var snippet: String?

  /// A place in a record, which stays the same when other records are added or the text is formatted.
  public struct Subject: Sendable, Equatable {
    /// Strava's id of the record; nil if it has none.
    public let id: Int64?
    /// The JSON Pointer from the root of the record, inside its wrapper.
    public let pointer: String

    public init(id: Int64?, pointer: String) {
      self.id = id
      self.pointer = pointer
    }
  }

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
