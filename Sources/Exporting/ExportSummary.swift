import StoreAccess

/// The counts for one collection. Every document read is in exactly one of written, empty, left and unfinished.
package struct ExportCounts: Sendable, Encodable, Equatable {
  package var read = 0
  package var written = 0
  /// Documents for which nothing is written: with raw, stubs and documents that import never wrote.
  package var empty = 0
  /// Documents that were left out because a value in them cannot be decrypted (raw).
  package var left = 0
  /// Documents that were read and may not be in an output: the export was stopped, or failed.
  package var unfinished = 0
  /// Records written. With raw, a user with a profile and a token becomes two records.
  package var records = 0
  /// Documents in which a value cannot be decrypted; each has a finding.
  package var undecrypted = 0

  private enum CodingKeys: String, CodingKey {
    case read, written, empty, left, unfinished, records
    case undecrypted = "unopened"
  }

  package init() {}

  static func += (a: inout ExportCounts, b: ExportCounts) {
    a.read += b.read
    a.written += b.written
    a.empty += b.empty
    a.left += b.left
    a.unfinished += b.unfinished
    a.records += b.records
    a.undecrypted += b.undecrypted
  }
}

/// A complete file.
package struct ExportedFile: Sendable, Encodable {
  /// The path on disk; `-` means standard output.
  package var path: String
  package var documents: Int
  /// The number of stored bytes, after compression if there is any.
  package var bytes: Int
  /// The hash of the stored bytes, in hexadecimal digits; nil for standard output.
  package var sha256: String?
}

/// The result of an export.
package struct ExportSummary: JobSummary {
  /// A number of documents that name their owner in one way.
  package struct Owned: Sendable {
    package let collection: String
    package let reference: ExportOwner.Reference
    package let documents: Int
  }

  package var database: String
  package var format: ExportOptions.Format
  /// The classes whose values were exported in clear.
  package var disclosed: [String]
  package var collections: [(name: String, counts: ExportCounts)] = []
  /// How the documents of the selected owner name that owner.
  package var owned: [Owned] = []
  package var files: [ExportedFile] = []
  /// The number of activities without a local start, which therefore match no range of local times.
  package var withoutLocalStart = 0
  package var ending = JobEnding()

  init(database: String, format: ExportOptions.Format, disclosed: [String]) {
    self.database = database
    self.format = format
    self.disclosed = disclosed
  }

  /// Records that no file was created: what was written to an unfinished file is not in any.
  mutating func giveUp() {
    for index in collections.indices {
      collections[index].counts.unfinished += collections[index].counts.written
      collections[index].counts.written = 0
      collections[index].counts.records = 0
    }
  }

  /// Sentences that say how the documents name their owner, one for each collection.
  package var ownership: [String] {
    collections.compactMap { name, _ in
      let found = owned.filter { $0.collection == name }
      if found.isEmpty { return nil }
      return "\(name): " + found.map { "\($0.documents) by \($0.reference.rawValue)" }.joined(separator: "; ")
    }
  }

  package var total: ExportCounts { collections.reduce(into: ExportCounts()) { $0 += $1.counts } }
}
