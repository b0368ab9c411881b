import BSON
import Exporting
import Mongo
import StravaRecords
import Testing

/// Which values an export may contain, without a server.
@Suite struct DisclosureTests {
  private static let activity = BSONDocument {
    $0.append("name", "Morning Run")
    $0.append("average_heartrate", 151.25)
    $0.append("location_city", "Testville")
    let raw = $0.begin("raw_data")
    $0.append("id", Int64(1))
    $0.append("average_heartrate", 151.25)
    $0.append("embed_token", "synthetic")
    $0.end(raw)
  }

  private func copy(
    _ sealed: Disclosure.Sealed, dropped: SensitivityClasses = [], of document: BSONDocument = activity,
    in collection: String = "activities"
  ) throws -> BSONDocument {
    let disclosure = Disclosure(sealed: sealed, policy: [.secret, .identity], dropped: dropped)
    var out = BSONWriter()
    document.withView { disclosure.copy($0, of: collection, to: &out) }
    return try #require(BSONDocument(checking: out.out.bytes))
  }

  @Test func sealedClassesAreLeftOutAndNamedInTheRecord() throws {
    let copy = try copy(.omit)
    #expect(copy["average_heartrate"] != nil && copy["location_city"] != nil)
    #expect(copy[path: "raw_data", "embed_token"] == nil)
    #expect(copy[path: "raw_data", "$left_out"]?.inner?.elements.map(\.value) == [.string("secret")])
  }

  @Test func droppedClassesAreLeftOutHoweverTheyAreStored() throws {
    let copy = try copy(.decrypt, dropped: [.health])
    #expect(copy["average_heartrate"] == nil && copy[path: "raw_data", "average_heartrate"] == nil)
    #expect(copy[path: "raw_data", "embed_token"] != nil)
    #expect(copy[path: "raw_data", "$left_out"]?.inner?.elements.map(\.value) == [.string("health")])
  }

  @Test func withKeysEverythingIsCopiedByteForByte() throws {
    #expect(try copy(.decrypt) == Self.activity)
  }

  @Test func anEnvelopeStaysOnlyWhereItIsKept() throws {
    let document = BSONDocument {
      $0.append("strava_id", Int64(1))
      $0.append("username", subtype: 0x80, binary: UnsafeRawBufferPointer(start: nil, count: 0))
      $0.append("username_hash", subtype: 0, binary: UnsafeRawBufferPointer(start: nil, count: 0))
    }
    #expect(try copy(.omit, of: document, in: "users").elements.map(\.key) == ["strava_id"])
    #expect(try copy(.keep, of: document, in: "users") == document)
  }

  @Test func theStatementNamesTheClassesThatLeaveInClear() {
    #expect(Disclosure(sealed: .omit, policy: [.secret, .identity], dropped: []).disclosed == ["location", "health"])
    #expect(
      Disclosure(sealed: .decrypt, policy: [.secret, .identity], dropped: [.health]).disclosed
        == ["secret", "identity", "location"])
  }
}
