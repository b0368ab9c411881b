import BSON
import Foundation
import StravaRecords
import Testing

/// `Activity.swift` is rendered from its schema: a field is declared in RecordSchema+Activity.swift alone.
///
/// `make model` writes the file again after the schema has changed.
@Suite struct ActivityModelTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/StravaRecords/Activity.swift")

  @Test func theModelIsRenderedFromTheSchema() throws {
    let fresh = ModelSource(RecordSchema.activity, orderOf: Sample.detailed.document).text
    if ProcessInfo.processInfo.environment["STRAVA_STORE_RECORD"] != nil {
      try fresh.write(to: Self.file, atomically: true, encoding: .utf8)
    }
    let kept = try String(contentsOf: Self.file, encoding: .utf8)
    #expect(fresh == kept, "Activity.swift is not what the schema declares: run `make model`")
  }
}

/// Renders the source of a record's model: its properties, their keys, how they are read and how they are stored.
private struct ModelSource {
  /// The names of properties that do not follow from the key.
  private static let names = [
    "start_latlng": "start", "end_latlng": "end", "device_watts": "hasDeviceWatts", "start_date": "startDateSent",
  ]
  /// The expressions of stored values that are not the property itself.
  private static let storedValues = [
    "type": "type ?? sportType", "sport_type": "sportType ?? type", "start_date": "startDate",
    "start_date_local": "startDateLocal?.wallClock", "strava_activity_id": "id.value",
    "start_latlng": "start?.pair", "end_latlng": "end?.pair",
  ]
  private static let units = [
    "m": "meters", "s": "seconds", "m/s": "meters per second", "bpm": "beats per minute",
    "rpm": "revolutions per minute",
    "W": "watts", "kJ": "kilojoules", "kcal": "kilocalories", "°C": "degrees Celsius",
  ]

  private let schema: RecordSchema
  /// Returns the fields that are read, in the order in which Strava sends them, which makes reading fast.
  private let read: [FieldSchema]

  init(_ schema: RecordSchema, orderOf sample: BSONDocument) {
    self.schema = schema
    let order = sample.elements.map(\.key)
    let fields = schema.fields.filter { $0.key != nil }
    let positions = fields.map { order.firstIndex(of: $0.key ?? "") ?? order.count }
    read = zip(fields, positions).enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
      .map(\.element.0)
  }

  var text: String {
    """
    import BSON

    // Rendered from RecordSchema.activity by `make model`. Change the schema, not this file.

    /// An activity as the API sends it, summary or detailed: the fields that are stored in typed form.
    ///
    /// The properties are in the order in which Strava sends them, which is the order of reading.
    public struct Activity: Encodable, Sendable, Equatable {
      /// The form that the record was detected as: 2 summary, 3 detailed. The input's own claim is not read.
      public var resourceState: Int32 = 2

    \(lines(read.map(property)))

      public enum CodingKeys: String, CodingKey, CaseIterable {
    \(lines(read.map(codingKey), indent: 4))
      }

      /// Writes the typed fields in the order of the stored document. A field that is missing writes nothing.
      public func appendStoredFields(to document: inout BSONWriter) {
    \(lines(schema.fields.compactMap(stored), indent: 4))
      }
    }

    /// Decoded without `Decodable`, which is too slow for millions of records.
    extension Activity: BSONRecord {
      public init(_ fields: inout BSONFields<CodingKeys>) throws {
        // The memberwise initializer is used because setting property after property copies the whole value at the end.
        self.init(
    \(read.map { "      \(name($0)): try fields.\(isOptional($0) ? "value" : "required")(.\(name($0)))" }
          .joined(separator: ",\n")))
      }
    }

    """
  }

  private func lines(_ parts: [String], indent: Int = 2) -> String {
    parts.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
      .map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
  }

  private func name(_ field: FieldSchema) -> String {
    let key = field.key ?? ""
    if let name = Self.names[key] { return name }
    let words = key.split(separator: "_")
    let camel = words.enumerated().map { index, word in
      index == 0 ? String(word) : word == "id" ? "ID" : word.prefix(1).uppercased() + word.dropFirst()
    }.joined()
    guard field.type == .flag, words.first != "has" else { return camel }
    return "is" + camel.prefix(1).uppercased() + camel.dropFirst()
  }

  private func type(_ field: FieldSchema) -> String {
    switch field.type {
    case .identifier: "StravaID"
    case .flag: "Bool"
    case .int32: "Int32"
    case .number: "Double"
    case .instant, .wallClock, .unixSeconds: "StravaDate"
    case .coordinates: "Coordinates"
    case .object: name(field).prefix(1).uppercased() + name(field).dropFirst()
    default: "String"
    }
  }

  /// True if a record is valid without the field.
  private func isOptional(_ field: FieldSchema) -> Bool { !field.required || !field.derivedFrom.isEmpty }

  private func property(_ field: FieldSchema) -> String {
    let unit = field.unit.map { " In \(Self.units[$0] ?? $0)." } ?? ""
    let optional = isOptional(field) ? "?" : ""
    return "/// \(field.description)\(unit)\npublic var \(name(field)): \(type(field))\(optional)"
  }

  private func codingKey(_ field: FieldSchema) -> String {
    let key = field.key ?? ""
    return name(field) == key ? "case \(key)" : "case \(name(field)) = \"\(key)\""
  }

  /// Nil for fields that import writes elsewhere, such as `source`.
  private func stored(_ field: FieldSchema) -> String? {
    guard let stored = field.stored, stored.owner == .record || field.key != nil else { return nil }
    if field.key == nil { return "document.append(\"resource_state\", resourceState)" }
    guard field.type == .object else {
      return "document.append(\"\(stored.name)\", \(Self.storedValues[stored.name] ?? name(field)))"
    }
    guard stored.type == .document else { return "if let athleteID { document.append(\"\(stored.name)\", athleteID) }" }
    return "\(name(field))?.append(to: &document, \"\(stored.name)\")"
  }
}
