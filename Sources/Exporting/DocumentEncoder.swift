import BSON
import Mongo
import StravaRecords

/// The text before, between and after the documents of a file.
package struct OutputFraming: Sendable {
  /// The text at the file's start and at its end. A file without the end is incomplete.
  package var opening = ""
  package var closing = ""
  /// The text before every document except the first of the file.
  package var separator = ""
}

/// An encoder that writes documents in one format.
package protocol DocumentEncoder {
  var framing: OutputFraming { get }
  /// Appends a document, after the separator and before the text that follows each document.
  ///
  /// - Returns: The number of records written; 0 if the format writes nothing for the document.
  mutating func append(_ document: BSONView, to out: inout ByteBuffer) throws -> Int
}

/// Stored documents as plain JSON, typed by the schema: a field that the schema calls a double is printed
/// with a fraction, whatever type of number is stored.
struct TypedJSONEncoder: DocumentEncoder {
  private let isArray: Bool
  private let fields: NumberFields

  init(collection: String, isArray: Bool) {
    self.isArray = isArray
    fields = NumberFields(StoredCollection.named(collection)?.fields ?? [])
  }

  var framing: OutputFraming {
    isArray ? OutputFraming(opening: "[\n", closing: "\n]\n", separator: ",\n") : OutputFraming()
  }

  func append(_ document: BSONView, to out: inout ByteBuffer) -> Int {
    if isArray { out.append(text: ",\n") }
    out.append(UInt8(ascii: "{"))
    var isFirst = true
    for element in document {
      out.append(jsonKey: element, isFirst: isFirst)
      isFirst = false
      if let whole = element.value.integer, fields.holdDouble(element) {
        out.append(shortest: Double(whole))
      } else {
        out.append(json: element.value)
      }
    }
    out.append(UInt8(ascii: "}"))
    if !isArray { out.append(UInt8(ascii: "\n")) }
    return 1
  }
}

/// An encoder for canonical Extended JSON, one document per line.
struct ExtendedJSONEncoder: DocumentEncoder {
  let framing = OutputFraming()

  func append(_ document: BSONView, to out: inout ByteBuffer) -> Int {
    ExtendedJSON.append(canonical: document, to: &out)
    out.append(UInt8(ascii: "\n"))
    return 1
  }
}

/// An encoder for consecutive BSON documents, as mongodump writes them.
struct BSONFileEncoder: DocumentEncoder {
  let framing = OutputFraming()

  func append(_ document: BSONView, to out: inout ByteBuffer) -> Int {
    out.append(document.bytes)
    return 1
  }
}

extension ExportOptions {
  /// Creates an encoder for one thread.
  func encoder(_ collection: String) -> any DocumentEncoder {
    switch format {
    case .ndjson: TypedJSONEncoder(collection: collection, isArray: false)
    case .json: TypedJSONEncoder(collection: collection, isArray: true)
    case .csv: CSVEncoder(columns(collection), hasMark: hasMark, isExact: isExact)
    case .raw: RawRecordEncoder(collection: collection)
    case .extjson: ExtendedJSONEncoder()
    case .bson: BSONFileEncoder()
    }
  }

  /// Returns the columns of CSV, without those of dropped classes.
  func columns(_ collection: String) -> FlatColumns {
    let classes = dropped.reduce(into: SensitivityClasses()) { $0.insert(SensitivityClasses($1)) }
    return FlatColumns.of(collection, in: form).filtered { column in
      let isDropped = column.field.sensitivity.map { classes.contains(SensitivityClasses($0)) } ?? false
      return !isDropped && fields.covers(column.path)
    }
  }
}
