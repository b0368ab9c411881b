import StoreAccess

/// How many threads write to a server, and how large their bulks are. Both follow the distance to the server, so that
/// the rate does not fall with it, unless the user has chosen them.
package struct WritePlan: Sendable {
  /// The maximum number of bytes of documents that all writers together have in unacknowledged bulks. About five times
  /// as many bytes of memory belong to them: text, fields, and the message to the server.
  private static let unacknowledged = 14 << 20
  private static let mostWriters = 16
  /// The number of writers that are busy while the server is near.
  private static let fewestWriters = 2
  /// The seconds of a round trip for which one more writer is used.
  private static let roundTripOfWriter = 0.0025

  /// The time of a round trip to the server in seconds.
  package let roundTrip: Double
  package let writers: Int
  /// The number of records in a bulk that the user has chosen; nil if it follows the size in bytes.
  private let batchSize: Int?

  package init(roundTrip: Double, writers: Int?, batchSize: Int?) {
    self.roundTrip = roundTrip
    self.batchSize = batchSize
    let useful = Self.fewestWriters + Int(min(roundTrip, 1) / Self.roundTripOfWriter)
    self.writers = writers ?? min(useful, Self.mostWriters)
  }

  /// The maximum number of bytes of documents in a bulk.
  package var mostBytes: Int { max(BulkSize.least, min(Self.unacknowledged / writers, 16 << 20)) }

  /// The number of bytes of documents that may wait for the writers: enough for most of their next bulks. More memory
  /// makes a distant server little faster.
  package var waitingBytes: Int { min(max(2, writers * 3 / 4), 6) * BulkSize.first }

  /// The size of a writer's first bulk.
  package var bulkSize: BulkSize { BulkSize(most: mostBytes, roundTrip: roundTrip, records: batchSize) }
}

/// The size of a writer's bulks. It grows as long as the writer mostly waits for the way to the server, and shrinks
/// where the server itself takes long.
package struct BulkSize {
  /// The number of bytes of documents in the first bulk, if many writers do not need a smaller one. Larger bulks are
  /// slower if the server is near.
  package static let first = 1 << 20
  /// The minimum number of bytes of documents.
  package static let least = 1 << 19

  private let most: Int
  private let roundTrip: Double
  private let fixedRecords: Int?
  /// The maximum number of bytes of documents in the next bulk.
  package private(set) var bytes: Int

  package init(most: Int, roundTrip: Double, records: Int?) {
    self.most = most
    self.roundTrip = roundTrip
    fixedRecords = records
    bytes = min(Self.first, most)
  }

  /// The maximum number of records in the next bulk.
  package var records: Int { fixedRecords ?? bytes / (1 << 10) * 1000 / (1 << 10) }

  /// Takes the time that a full bulk took.
  ///
  /// - Returns: True if the size changed.
  package mutating func record(seconds: Double) -> Bool {
    let before = bytes
    if seconds < 3 * roundTrip {
      bytes = min(2 * bytes, most)
    } else if seconds > 20 * roundTrip {
      bytes = max(bytes / 2, min(Self.first, most))
    }
    return bytes != before
  }
}
