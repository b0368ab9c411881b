import BSON
import Findings
import SourceText
import StravaRecords
import Testing

/// Schema and models are written separately; these tests fail if they differ.
@Suite struct SchemaTests {
  private static let codingKeys: [(RecordKind, [String])] = [
    (.activity, Activity.CodingKeys.allCases.map(\.rawValue)),
    (.athlete, Athlete.CodingKeys.allCases.map(\.rawValue)),
    (.token, TokenResponse.CodingKeys.allCases.map(\.rawValue)),
    (.insight, Insight.CodingKeys.allCases.map(\.rawValue)),
  ]

  @Test(arguments: codingKeys.indices) func aModelReadsWhatItsSchemaReads(_ index: Int) throws {
    let (kind, keys) = Self.codingKeys[index]
    let schema = try #require(RecordSchema.of(kind))
    #expect(Set(keys) == Set(schema.fields.compactMap(\.key)))
    #expect(keys.count == schema.fields.compactMap(\.key).count)
  }

  @Test func innerObjectsToo() throws {
    let inner = { (kind: RecordKind, key: String) in
      Set(RecordSchema.of(kind)?.fields.first { $0.key == key }?.fields.compactMap(\.key) ?? [])
    }
    #expect(inner(.activity, "athlete") == Set(Activity.Athlete.CodingKeys.allCases.map(\.rawValue)))
    #expect(inner(.activity, "map") == Set(Activity.Map.CodingKeys.allCases.map(\.rawValue)))
    #expect(inner(.token, "athlete") == Set(TokenResponse.Athlete.CodingKeys.allCases.map(\.rawValue)))
    #expect(inner(.insight, "context_data") == Set(Insight.Context.CodingKeys.allCases.map(\.rawValue)))
  }

  @Test(arguments: Sample.all.indices) func aModelWritesWhatItsSchemaStores(_ index: Int) throws {
    let (kind, record) = Sample.all[index]
    let schema = try #require(RecordSchema.of(kind))
    let written = try #require(record.stored).elements
    for (key, value) in written {
      let field = try #require(schema.fields.first { $0.stored?.name == key }, "\(key) is not in the schema")
      #expect(field.stored?.type == value.type, "\(key)")
      for (name, inside) in value.type == .document ? value.inner?.elements ?? [] : [] {
        let nested = try #require(field.fields.first { $0.stored?.name == name }, "\(key).\(name) is not in the schema")
        #expect(nested.stored?.type == inside.type, "\(key).\(name)")
      }
    }
    let stored = schema.fields.compactMap(\.stored).filter { $0.owner == .record || $0.owner == .shared }
    #expect(written.map(\.key) == stored.map(\.name))
  }

  @Test(arguments: Sample.all.indices) func withoutAFieldItIsNotStored(_ index: Int) throws {
    let (kind, record) = Sample.all[index]
    let schema = try #require(RecordSchema.of(kind))
    let exceptions: Set = ["type", "sport_type", "start_date"]  // these are computed from other fields
    for field in schema.fields {
      guard let key = field.key, let stored = field.stored, stored.owner != .store else { continue }
      for lacking in [record.without(key), record.with(key, nil)] {
        var reader = RecordReader()
        let reading = lacking.document.withView { reader.read($0, Detected(kind, rank: 3)) }
        if field.required, !exceptions.contains(key) {
          #expect(reading.findings.map(\.pointer) == ["/\(key)"])
          continue
        }
        let model = try #require(reading.model, "\(key)")
        let document = BSONDocument { model.appendStoredFields(to: &$0) }
        #expect((document[stored.name] == nil) == !exceptions.contains(key), "\(key)")
      }
    }
  }

  @Test func importOwnsWhatMirrorsTheRecord() {
    let athlete = RecordSchema.athlete.importedFields
    #expect(athlete.contains("weight"))
    #expect(!athlete.contains("email"), "sign-in writes it too")
    #expect(!athlete.contains("age"))
    #expect(!athlete.contains("milestones"))
    #expect(!athlete.contains("last_activity_sync"))
    #expect(RecordSchema.token.importedFields == ["access_token", "refresh_token", "token_expires_at"])
    #expect(Set(athlete).isDisjoint(with: RecordSchema.token.importedFields))
    #expect(RecordSchema.activity.importedFields.contains("map"))
    #expect(!RecordSchema.activity.importedFields.contains("user_id"))
  }

  @Test func everyFieldIsDescribedOnce() throws {
    for (kind, _) in Sample.all {
      let schema = try #require(RecordSchema.of(kind))
      let names = schema.fields.compactMap { $0.stored?.name }
      #expect(Set(names).count == names.count, "\(kind)")
      #expect(Set(schema.otherKeys).count == schema.otherKeys.count, "\(kind)")
      #expect(Set(schema.otherKeys).isDisjoint(with: schema.fields.compactMap(\.key)), "\(kind)")
      for field in schema.fields { #expect(field.description.hasSuffix("."), "\(field.description)") }
    }
  }

  @Test func classesComeWithTheKeys() throws {
    let classOf = { (kind: RecordKind, key: String) in
      RecordSchema.of(kind)?.fields.first { ($0.key ?? $0.stored?.name) == key }?.sensitivity
    }
    #expect(classOf(.activity, "start_latlng") == .location)
    #expect(classOf(.activity, "average_heartrate") == .health)
    #expect(classOf(.activity, "distance") == nil)
    #expect(classOf(.athlete, "email") == .identity)
    #expect(classOf(.token, "access_token") == .secret)
  }
}
