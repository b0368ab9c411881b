import StoreAccess

/// Counts for one collection. Every document read is in exactly one of written, empty, left and unfinished.
package struct ExportCounts: Sendable, Encodable, Equatable {
  package var read = 0
  package var written = 0
  /// Nothing to write of them: for raw, stubs and documents that import never wrote.
  package var empty = 0
  /// Left out whole, since something in them does not open (raw).
  package var left = 0
  /// Read, and not known to be in an output: the export was stopped, or failed.
  package var unfinished = 0
  /// Records written; raw makes two of a user with a profile and a token.
  package var records = 0
  /// Documents in which something does not open; each has a finding.
  package var unopened = 0

  package init() {}

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
package struct ExportedFile: Sendable, Encodable {
  /// As it lies on disk; `-` is standard output.
  package var path: String
  package var documents: Int
  /// As stored, compressed or not.
  package var bytes: Int
  /// Of the stored bytes, in hexadecimal digits; nil for standard output.
  package var sha256: String?
}

/// What an export did.
package struct ExportSummary: JobSummary {
  package var database: String
  package var format: ExportOptions.Format
  /// Classes whose values left the store in clear.
  package var disclosed: [String]
  package var collections: [(name: String, counts: ExportCounts)] = []
  package var files: [ExportedFile] = []
  /// Activities that have no local start, and hence are in no range of local times.
  package var withoutLocalStart = 0
  package var ending = JobEnding()

  init(database: String, format: ExportOptions.Format, disclosed: [String]) {
    self.database = database
    self.format = format
    self.disclosed = disclosed
  }

  /// No file was made: what was written into one is in none.
  mutating func giveUp() {
    for place in collections.indices {
      collections[place].counts.unfinished += collections[place].counts.written
      collections[place].counts.written = 0
      collections[place].counts.records = 0
    }
  }

  package var total: ExportCounts { collections.reduce(into: ExportCounts()) { $0 += $1.counts } }
}
