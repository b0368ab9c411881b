import BSON

/// The schema of a stored kind. All checks, notes and renderings are derived from it.
public struct RecordSchema: Sendable {
  public let kind: RecordKind
  public let collection: String
  public let description: String
  /// The fields in the order of the stored document.
  public let fields: [FieldSchema]
  /// Keys that Strava sends and that this program does not read. They are kept in `raw_data` without a note.
  public let otherKeys: [String]
  /// Keys in which a flattened record names its athlete, in order of priority. No other key of a flattened record is
  /// read.
  public var flatOwnerKeys: [String] = []

  /// The stored names that mirror the record. Fields that a record lacks are unset.
  public var importedFields: [String] { fields.compactMap { $0.stored?.owner == .record ? $0.stored?.name : nil } }

  /// The classes that values of the stored fields may have because of their names, at any depth.
  public var storedClasses: SensitivityClasses { Self.storedClasses(of: fields) }

  private static func storedClasses(of fields: [FieldSchema]) -> SensitivityClasses {
    fields.reduce(into: []) { classes, field in
      if let name = field.stored?.name, let own = SensitivityClass.of(name) { classes.insert(SensitivityClasses(own)) }
      classes.formUnion(storedClasses(of: field.fields))
    }
  }

  /// Every key that the input may have.
  var allKeys: [String] { fields.compactMap(\.key) + otherKeys + flatOwnerKeys }

  /// The spellings of the athlete's id in the output of programs that flatten objects.
  static let flatOwner = ["athlete.id", "athlete__id", "athlete_id"]

  public static let all = [activity, athlete, token, athleteZones, exportRow, exportProfile, insight]

  public static func of(_ kind: RecordKind) -> RecordSchema? { all.first { $0.kind == kind } }

  // MARK: Fields of every document

  private static let stamps: [FieldSchema] = [
    .storeOnly("schema_version", .int32, "Version of this schema.").like(1).missing(
      "documents that import has not written"),
    .storeOnly("created_at", .date, "When the document was created.").like(["$date": "2024-05-03T04:05:06Z"])
      .missing("documents that the platform created without it"),
    .storeOnly("updated_at", .date, "When its content last changed.").like(["$date": "2024-05-03T04:05:06Z"])
      .missing("documents that the platform created without it"),
  ]

  /// The last fields of a document whose record is stored as a whole.
  static let closing: [FieldSchema] =
    stamps + [
      .storeOnly(
        "raw_data", .document, "The record as it was sent. Each value under a key of a sealed class is sealed."
      )
      .rawRecord.missing("documents that import has not written"),
      .storeOnly("source", .document, "The origin of the record.").holding(source)
        .missing("documents that import has not written"),
    ]

  /// Returns the last fields of a user document, which stores several responses side by side.
  ///
  /// - Parameter half: the field of one of the responses, which is a member of `raw_data`.
  static func closing(half: FieldSchema) -> [FieldSchema] {
    let name = half.stored?.name ?? ""
    return stamps + [
      .storeOnly("raw_data", .document, "The responses as they were sent.").holding([
        half.missing("users without this response")
      ]).missing("stubs, and documents that import has not written"),
      .storeOnly("source", .document, "The origin of each response.").holding([
        .storeOnly(name, .document, "The origin of the response.").holding(source).unclassed.missing(
          "users without this response")
      ]).missing("stubs, and documents that import has not written"),
    ]
  }

  static let source: [FieldSchema] = [
    .storeOnly("origin", .string, "The kind of dump that it was imported from.").only("export", "api", "fixture").like(
      "export"),
    .storeOnly("file", .string, "The path of the input, as it was given to import.").like("dumps/2024.json.gz"),
    .storeOnly("record", .int64, "The number of the record in the file, from 1.", range: .atLeast(1)).like(17),
    .storeOnly(
      "digest", .binary, "Keyed digest of the schema version and the record (docs/sealing.md).", unit: "32 bytes"),
    .storeOnly("run", .binary, "The id of the import that stored it.", unit: "UUID"),
    .storeOnly("imported_at", .date, "When it was imported.").like(["$date": "2024-05-03T04:05:06Z"]),
    .storeOnly(
      "as_of", .date,
      "The value of `updated_at` at which the record and its fields were last known to be complete. If `updated_at` "
        + "differs, another program has written the document, and the next import looks at its content."
    ).like(["$date": "2024-05-03T04:05:06Z"]),
    .storeOnly(
      "also", .array, "Digests of other versions of the record that the same import read, at most 16.",
      unit: "32 bytes each"
    )
    .ofElements(.binary)
    .like([["$binary": ["base64": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "subType": "00"]]])
    .missing("records of which the import read one version"),
  ]
}
