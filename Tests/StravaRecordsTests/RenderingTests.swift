import BSON
import Findings
import SourceText
import StravaRecords
import Testing

/// The declared state of the collections, and the files that are rendered from the schema.
@Suite struct RenderingTests {
  private static let policies: [SensitivityClasses] = [
    [], [.secret, .identity], [.secret, .identity, .location], [.secret, .identity, .location, .health],
  ]

  @Test func examplesAreGoodRecords() throws {
    for schema in RecordSchema.all {
      let example = Self.example(schema.fields)
      var reader = RecordReader()
      let (detected, reading) = example.document.withView { view in
        let detected = RecordKind.detect(view)
        return (detected, reader.read(view, detected, rules: .strict))
      }
      // The mark of an activity and a token's athlete are not fields of the schema, so they are missing here.
      #expect(schema.kind == .activity ? detected.kind == .derivedActivity : detected.kind == schema.kind)
      if schema.kind == .activity { continue }
      #expect(reading.findings == [], "\(schema.kind)")
      #expect(reading.model != nil)
    }
    var reader = RecordReader()
    let activity = Self.example(RecordSchema.activity.fields)
    let reading = activity.document.withView { reader.read($0, Detected(.activity, rank: 2), rules: .strict) }
    #expect(reading.findings == [])
  }

  /// Returns an object with the examples of these fields.
  private static func example(_ fields: [FieldSchema]) -> JSONValue {
    .object(
      fields.compactMap { field in
        guard let key = field.key else { return nil }
        return field.example.map { .init(key: key, value: $0) }
          ?? (field.type == .object ? .init(key: key, value: example(field.fields)) : nil)
      })
  }

  @Test func everyFieldIsExplained() {
    for collection in StoredCollection.all { Self.expectExplained(collection.fields, in: collection.name) }
  }

  private static func expectExplained(_ fields: [FieldSchema], in path: String) {
    for field in fields {
      guard let stored = field.stored else { continue }
      let name = "\(path).\(stored.name)"
      #expect(field.description.hasSuffix("."), "\(name)")
      #expect(field.description.first?.isUppercase == true, "\(name)")
      let isBytes = stored.type == .binary
      #expect(
        field.example != nil || !field.fields.isEmpty || isBytes || field.isRawRecord || field.wholeClass != nil,
        "\(name)")
      #expect(
        stored.required || field.absence != nil || path.contains("source"), "\(name) says not where it is missing")
      if stored.type == .document || stored.type == .array { expectExplained(field.fields, in: name) }
    }
  }

  @Test func collectionsHoldWhatTheirRecordsStore() throws {
    for collection in StoredCollection.all {
      let names = collection.fields.compactMap { $0.stored?.name }
      #expect(Set(names).count == names.count)
      for record in collection.records {
        #expect(record.collection == collection.name)
        let stored = Set(record.fields.compactMap { $0.stored?.name })
        #expect(stored.isSubset(of: names))
      }
      for field in collection.fields {
        guard let reference = field.reference else { continue }
        let target = try #require(StoredCollection.named(reference.collection))
        #expect(target.fields.contains { $0.stored?.name == reference.field })
      }
    }
    let halves = try #require(StoredCollection.users.fields.first { $0.stored?.name == "raw_data" })
    #expect(halves.fields.compactMap { $0.stored?.name } == ["athlete", "token", "zones"])
  }

  @Test func indexesAreThoseOfTheContract() {
    let declared = StoredCollection.all.flatMap { collection in
      collection.indexes.map { index in
        "\(collection.name) \(index.name)" + (index.isUnique ? " unique" : "") + (index.isSparse ? " sparse" : "")
      }
    }
    #expect(
      declared == [
        "users strava_id_1 unique", "users username_hash_1 sparse", "users email_hash_1 sparse",
        "users access_token_hash_1 sparse", "users token_expires_at_1 sparse", "activities strava_activity_id_1 unique",
        "activities user_id_1_start_date_-1", "activities user_id_1_sport_type_1_start_date_-1",
        "activities user_id_1_type_1_start_date_-1", "activities user_id_1_distance_-1",
        "activities user_id_1_average_speed_-1", "activities user_id_1_total_elevation_gain_-1",
        "activities start_date_-1", "activities athlete_id_1_start_date_-1", "activities insights_1 sparse",
        "insights user_id_1_created_at_-1", "insights user_id_1_insight_type_1_created_at_-1",
        "insights activity_id_1 sparse", "insights user_id_1_confidence_score_-1",
        "data_keys strava_id_1_version_1 unique",
      ])
    for collection in StoredCollection.all {
      for (number, index) in collection.indexes.enumerated() {
        for part in index.key { #expect(collection.fields.contains { $0.stored?.name == part.field }) }
        for other in collection.indexes[(number + 1)...] {
          let shared = zip(index.key, other.key).prefix { $0 == $1 }.count
          #expect(shared < min(index.key.count, other.key.count), "\(index.name) and \(other.name)")
        }
      }
    }
  }

  // MARK: Validators

  /// MongoDB's `$jsonSchema` supports only these keywords and refuses all others.
  private static let keywords: Set<String> = [
    "bsonType", "title", "required", "properties", "items", "additionalItems", "minItems", "maxItems", "minimum",
    "maximum", "exclusiveMinimum", "minLength", "maxLength", "enum", "anyOf",
  ]
  private static let types: Set<String> = [
    "double", "int", "long", "string", "object", "array", "binData", "objectId", "bool", "date", "null",
  ]

  @Test(arguments: policies) func validatorsAreWellFormed(_ sealed: SensitivityClasses) throws {
    for collection in StoredCollection.all {
      let validator = ServerValidator(collection, sealing: sealed).document
      let schema = try #require(validator["$jsonSchema"]?.inner)
      #expect(validator.elements.map(\.key) == ["$jsonSchema"])
      Self.lint(schema, at: collection.name)
    }
  }

  private static func lint(_ schema: BSONDocument, at path: String) {
    let keys = schema.elements.map(\.key)
    #expect(Set(keys).isSubset(of: keywords), "\(path): \(keys)")
    #expect(Set(keys).count == keys.count, "\(path): a keyword comes twice")
    for (key, value) in schema.elements {
      switch key {
      case "bsonType":
        let names = value.string.map { [$0] } ?? value.inner?.elements.compactMap(\.value.string) ?? []
        #expect(
          !names.isEmpty && Set(names).count == names.count && Set(names).isSubset(of: types), "\(path): \(names)")
      case "required", "enum", "anyOf": #expect(value.type == .array && value.inner?.isEmpty == false, "\(path)")
      case "exclusiveMinimum": #expect(value.bool != nil && schema["minimum"] != nil, "\(path): a flag beside minimum")
      case "properties":
        for (name, inner) in value.inner?.elements ?? [] { lint(inner.inner ?? BSONDocument(), at: "\(path).\(name)") }
      case "items":
        let all = value.type == .array ? value.inner?.elements.map(\.value) ?? [] : [value]
        for inner in all { lint(inner.inner ?? BSONDocument(), at: "\(path)[]") }
      default: break
      }
    }
    if let required = schema["required"]?.inner {
      for (_, name) in required.elements { #expect(schema["properties"]?.inner?[name.string ?? ""] != nil, "\(path)") }
    }
  }

  @Test func sealingTurnsClassedFieldsIntoBytes() throws {
    func types(_ sealed: SensitivityClasses, _ path: String...) throws -> [String] {
      var node = try #require(ServerValidator(.users, sealing: sealed).document["$jsonSchema"])
      for step in path { node = try #require(node.inner?["properties"]?.inner?[step]) }
      let value = try #require(node.inner?["bsonType"])
      return value.string.map { [$0] } ?? value.inner?.elements.compactMap(\.value.string) ?? []
    }
    #expect(try types([], "access_token") == ["string", "null"])
    #expect(try types([.secret], "access_token") == ["binData", "string", "null"])
    #expect(try types([.secret, .identity], "weight") == ["double", "int", "long", "null"])
    #expect(try types([.secret, .identity, .health], "weight") == ["binData", "null"])
    #expect(try types([], "raw_data", "token") == ["object", "null"])
    #expect(try types([.secret, .identity], "raw_data", "token") == ["binData", "null"])
    #expect(try types([.secret, .identity], "strava_id") == ["long", "int"])
  }

  // MARK: JSON

  @Test func jsonIsWrittenAsItShouldBe() {
    let value: JSONValue = ["text": "a\"\\\n\u{1}é", "numbers": [1, -2.5, 9_223_372_036_854_775_807], "none": nil]
    #expect(
      value.compact == #"{"text": "a\"\\\n\u0001é", "numbers": [1, -2.5, 9223372036854775807], "none": null}"#)
    let long = JSONValue.object(["a", "b"].map { .init(key: $0, value: .string(String(repeating: "x", count: 60))) })
    #expect(long.text.split(separator: "\n").map(\.count) == [1, 70, 69, 1])
  }
}
