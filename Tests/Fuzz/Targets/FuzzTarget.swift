/// The code that reads untrusted bytes. Each must hold its promises for any bytes at all.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// JSON text to BSON, against a reader that shares no code with it.
  case json
  /// One JSON number.
  case number
  /// Text to records, whatever the window it is seen through.
  case framer
  /// A file of any kind: compression, archives, records, models, findings.
  case input
  /// A tar, whose headers' checksums are put right so that libarchive looks at what else was changed.
  case archive
  /// A record's text to its typed model and findings.
  case record
  /// A server's bytes to a document, its values and models.
  case bson
  /// A sealed value, a wrapped data key, a reject.
  case sealed
  /// The text of a key file.
  case keyFile = "key-file"
  /// A date.
  case date
  /// The line of a track.
  case polyline
  /// A table of comma-separated values, against a reader that shares no code with it, and its rows as records.
  case csv
  /// A date of the account archive, in one of its languages.
  case archiveDate = "archive-date"

  /// - Throws: where a promise is broken that no trap would show.
  public func run(_ input: [UInt8]) throws {
    switch self {
    case .json: try checkTranscoder(input)
    case .number: try checkTranscoder(Array("{\"n\":".utf8) + input + Array("}".utf8))
    case .framer: try checkFraming(input)
    case .input: try checkInput(input)
    case .archive: try checkInput(withTarChecksums(input))
    case .record: try checkRecord(input)
    case .bson: try checkDocument(input)
    case .sealed: try checkSealed(input)
    case .keyFile: try checkKeyFile(input)
    case .date: try checkDate(input)
    case .polyline: try checkPolyline(input)
    case .csv: try checkTable(input)
    case .archiveDate: try checkArchiveDate(input)
    }
  }
}

/// A promise that was not kept.
public struct Violation: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

func expect(_ holds: Bool, _ promise: @autoclosure () -> String) throws(Violation) {
  if !holds { throw Violation(promise()) }
}
