import SourceText

/// Counts for one collection. Every document read is in exactly one of written, empty, left and unfinished.
public struct ExportCounts: Sendable, Encodable, Equatable {
  public var read = 0
  public var written = 0
  /// Nothing to write of them: for raw, stubs and documents that import never wrote.
  public var empty = 0
  /// Left out whole, since something in them does not open (raw).
  public var left = 0
  /// Read, and not known to be in an output: the export was stopped, or failed.
  public var unfinished = 0
  /// Records written; raw makes two of a user with a profile and a token.
  public var records = 0
  /// Documents in which something does not open; each has a finding.
  public var unopened = 0

  public init() {}

  static func += (a: inout ExportCounts, b: ExportCounts) {
    a.read += b.read
    a.written += b.written
    a.empty += b.empty
    a.left += b.left
    a.unfinished += b.unfinished
    a.records += b.records
    a.unopened += b.unopened
  }
}

/// A file that is whole.
public struct ExportedFile: Sendable, Encodable {
  /// As it lies on disk; `-` is standard output.
  public var path: String
  public var documents: Int
  /// As stored, compressed or not.
  public var bytes: Int
  /// Of the stored bytes, in hexadecimal digits; nil for standard output.
  public var sha256: String?
}

/// What an export did.
public struct ExportSummary: Sendable {
  public var database: String
  public var format: ExportOptions.Format
  /// Classes whose values left the store in clear.
  public var disclosed: [String]
  public var collections: [(name: String, counts: ExportCounts)] = []
  public var files: [ExportedFile] = []
  public var findings: [Rule: Int] = [:]
  public var failure: String?
  public var stopped: Interruption.Reason?
  /// Seconds.
  public var elapsed = 0.0

  init(database: String, format: ExportOptions.Format, disclosed: [String]) {
    self.database = database
    self.format = format
    self.disclosed = disclosed
  }

  /// An export that could not begin.
  public init(notBegun options: ExportOptions, _ failure: StoreFailure) {
    self.init(database: options.connection.database ?? "", format: options.format, disclosed: [])
    (stopped, self.failure) = failure.ending
  }

  /// No file was made: what was written into one is in none.
  mutating func giveUp() {
    for place in collections.indices {
      collections[place].counts.unfinished += collections[place].counts.written
      collections[place].counts.written = 0
      collections[place].counts.records = 0
    }
  }

  public var total: ExportCounts { collections.reduce(into: ExportCounts()) { $0 += $1.counts } }

  public var exitCode: Int32 {
    Interruption.exitCode(stopped, failed: failure != nil, leaves: total.unopened > 0)
  }
}
