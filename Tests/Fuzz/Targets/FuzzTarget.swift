/// A part of the code that reads untrusted bytes. It must keep its promises for any bytes.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// Converts JSON text to BSON, and compares the result with a reader that shares no code with it.
  case json
  /// Reads one JSON number.
  case number
  /// Cuts text into records, with windows of several sizes.
  case framer
  /// Reads a file of any kind: compression, archives, records, models and findings.
  case input
  /// Reads a tar file. The checksums of its headers are corrected, so that libarchive looks at the other changes.
  case archive
  /// Reads a record's text into its typed model and findings.
  case record
  /// Reads a server's bytes as a document, with its values and models.
  case bson
  /// Decrypts a sealed value, a wrapped data key and a rejected record.
  case sealed
  /// Reads the text of a key file.
  case keyFile = "key-file"
  /// Reads a date.
  case date
  /// Reads an encoded polyline.
  case polyline
  /// A table of comma-separated values, against a reader that shares no code with it, and its rows as records.
  case csv
  /// A date of the account archive, in one of its languages.
  case archiveDate = "archive-date"

  /// - Throws: An error if a promise is broken that no trap would show.
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

/// A promise that was broken.
public struct Violation: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

func expect(_ holds: Bool, _ promise: @autoclosure () -> String) throws(Violation) {
  if !holds { throw Violation(promise()) }
}
