import BSON

/// The data dictionary in Markdown, for users of the database. It describes the meaning of each field, and when the
/// field is present.
public struct DataDictionary: Sendable {
  private let collections: [StoredCollection]
  private let sealed: SensitivityClasses

  public init(_ collections: [StoredCollection], sealing classes: SensitivityClasses) {
    self.collections = collections
    sealed = classes
  }

  public var text: String {
    (introduction + collections.flatMap(section) + sports).joined(separator: "\n") + "\n"
  }

  private var introduction: [String] {
    let classes = SensitivityClass.allCases.filter { sealed.contains(SensitivityClasses($0)) }.map(\.name)
    return [
      "# Data dictionary", "",
      "Rendered from the schema by `make schema`; edit that, not this.", "",
      "- **type**: the BSON type that import writes; a value of a sealed class rests as binData of subtype 0x80, null "
        + "and \"\" as they are. Sealed here: \(classes.joined(separator: ", ")).",
      "- **class**: how delicate the value is. Secret and identity are always sealed, location and health on request.",
      "- **from**: the key in Strava's (or the platform's) JSON; *import* works it out, *platform* is never written by "
        + "import. *row* names the columns of the account archive's activities.csv that fill the field where no API "
        + "record does; the first one with content counts.",
      "- **missing**: where a document may lack the field, or the input may have null for it; *never* where every "
        + "document has it.", "",
    ]
  }

  private func section(_ collection: StoredCollection) -> [String] {
    var lines = ["## \(collection.name)", "", collection.description, ""]
    lines += ["| field | meaning | type | unit | range | example | class | from | missing |"]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    lines += rows(collection.fields, of: collection, within: "")
    if !collection.indexes.isEmpty {
      lines += ["", "Indexes, beside the one on `_id`:", "", "| key | options | serves |", "|---|---|---|"]
      for index in collection.indexes {
        let key = index.key.map { "\($0.field) \($0.order.rawValue)" }.joined(separator: ", ")
        let options = [index.isUnique ? "unique" : nil, index.isSparse ? "sparse" : nil].compactMap(\.self)
        lines.append(Self.row([key, options.joined(separator: ", "), index.serves]))
      }
    }
    return lines + [""]
  }

  private func rows(_ fields: [FieldSchema], of collection: StoredCollection, within outer: String) -> [String] {
    fields.flatMap { field -> [String] in
      guard let stored = field.stored else { return [] }
      let path = outer + stored.name
      let cells = [
        "`\(path)`", meaning(field), type(field, stored), stored.type == .date ? "" : field.unit ?? "",
        range(field, stored), example(field),
        field.sensitivity?.name ?? "", origin(field, stored, in: collection, within: outer),
        stored.required ? "never" : field.absence ?? (outer.isEmpty ? "" : "never, where its object is"),
      ]
      let inner = outer + stored.name + (stored.type == .array ? "[]." : ".")
      return [Self.row(cells)] + rows(field.fields, of: collection, within: inner)
    }
  }

  private func meaning(_ field: FieldSchema) -> String {
    var text = field.description
    if let reference = field.reference { text += " Refers to `\(reference.collection).\(reference.field)`." }
    if field.knownValues.isEmpty { return text }
    if field.knownValues.count > 10 { return text + " Known values: [sports](#sports)." }
    let values = field.knownValues.map { "`\($0)`" }.joined(separator: ", ")
    return text + (field.isClosed ? " One of \(values)." : " Known values: \(values).")
  }

  private func type(_ field: FieldSchema, _ stored: StoredField) -> String {
    let member = field.sensitivity.map { SensitivityClasses($0) } ?? []
    let plain =
      field.type == .coordinates
      ? "array of 2 double"
      : stored.type == .array
        ? "array of \(field.elementType?.serverNames[0] ?? "object")"
        : ([stored.type] + field.otherStoredTypes).map { $0.serverNames[0] }.joined(separator: " or ")
    return !member.isEmpty && sealed.contains(member) ? "binData (\(plain), sealed)" : plain
  }

  private func range(_ field: FieldSchema, _ stored: StoredField) -> String {
    // The range of the input is in seconds and does not apply to dates.
    if stored.type == .date { return "" }
    if field.type == .coordinates {
      let text = { (range: ClosedRange<Double>) in NumericRange.between(range.lowerBound, range.upperBound).text }
      return "\(text(Coordinates.latitudes)); \(text(Coordinates.longitudes))"
    }
    return field.notEmpty ? "not empty" : (field.storedRange ?? field.range)?.text ?? ""
  }

  private func example(_ field: FieldSchema) -> String {
    (field.example ?? (field.stored?.type == .int64 ? field.fields.first?.example : nil)).map { "`\($0.compact)`" }
      ?? ""
  }

  private func origin(
    _ field: FieldSchema, _ stored: StoredField, in collection: StoredCollection, within outer: String
  ) -> String {
    let sign = stored.owner == .shared ? ", platform" : ""
    if let key = field.key {
      // Fields of an inner object are set together with their object.
      let kind = collection.records.first { $0.fields.contains { $0.stored?.name == stored.name } }?.kind.rawValue
      let inside = field.type == .object && stored.type != .document ? ".id" : ""
      let columns = collection.name == RecordSchema.activity.collection && outer.isEmpty ? Self.columns(key) : ""
      return "`" + (outer.isEmpty ? "\(kind ?? collection.name)." : outer) + "\(key)\(inside)`" + sign + columns
    }
    return stored.owner == .platform ? "platform" : "import"
  }

  /// Returns the columns of the account archive that fill the field of a key.
  private static func columns(_ key: String) -> String {
    // Each of the two names of a sport is filled from the other one.
    let fields = ArchiveField.all.filter { $0.key == (key == "sport_type" ? "type" : key) }
    let columns = fields.flatMap(\.columns).map { "`\($0)`" }
    return columns.isEmpty ? "" : "; row: " + columns.joined(separator: ", ")
  }

  private var sports: [String] {
    guard collections.contains(where: { $0.name == RecordSchema.activity.collection }) else { return [] }
    let list = { (values: [String]) in values.map { "`\($0)`" }.joined(separator: ", ") }
    return [
      "## Sports", "",
      "Unknown ones are kept as they are, and noted. `type` and `sport_type`: \(list(RecordSchema.activityTypes)).", "",
      "`sport_type` only: \(list(RecordSchema.laterSportTypes)).",
    ]
  }

  private static func row(_ cells: [String]) -> String {
    "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }
}
