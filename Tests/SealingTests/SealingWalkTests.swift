import BSON
import FieldCrypto
import Mongo
import Sealing
import StoreAccess
import StravaRecords
import Testing

/// Documents sealed and decrypted in memory, without a server.
@Suite struct SealingWalkTests {
  private let key = DataKey.random(stravaID: 134_815, version: 1)
  private let classes = SealingPolicy(alsoSealing: [.location, .health]).classes

  private static let activity = BSONDocument {
    $0.append("strava_activity_id", Int64(15_000_000_017))
    $0.append("athlete_id", Int64(134_815))
    $0.append("name", "Morning Run")
    $0.append("average_heartrate", 151.25)
    let raw = $0.begin("raw_data")
    $0.append("name", "Morning Run")
    let athlete = $0.begin("athlete")
    $0.append("firstname", "Ada")
    $0.append("resource_state", Int32(2))
    $0.end(athlete)
    let laps = $0.beginArray("laps")
    let lap = $0.begin("0")
    $0.append("average_heartrate", 140.5)
    $0.end(lap)
    $0.end(laps)
    $0.append("embed_token", "synthetic")
    $0.end(raw)
  }

  private func identity(_ document: BSONDocument, _ collection: String = "activities") throws -> DocumentIdentity {
    try #require(document.withView { DocumentIdentity($0, in: collection, owners: [:]) })
  }

  /// Returns the document after one kind of work, and the faults that were found.
  private func copy(
    _ document: BSONDocument, _ work: SealingWalk.Work, keys: [DataKey]
  ) throws -> (document: BSONDocument, faults: [String]) {
    var walk = SealingWalk()
    var out = BSONWriter()
    walk.begin(
      try identity(document), work, classes: classes, keys: Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0) }))
    let outcome = document.withView { walk.copy($0, into: &out) }
    return (try #require(BSONDocument(checking: out.out.bytes)), outcome.faults.map(\.pointer))
  }

  private func value(_ document: BSONDocument, _ path: String...) -> BSONValue? {
    path.reduce(.document(document)) { value, key in value?.inner?[key] }
  }

  @Test func whatIsSealedComesBackExactly() throws {
    let sealed = try copy(Self.activity, .seal(key), keys: [key])
    #expect(
      sealed.faults == [
        "/average_heartrate", "/raw_data/athlete/firstname", "/raw_data/laps/0/average_heartrate",
        "/raw_data/embed_token",
      ])
    #expect(value(sealed.document, "average_heartrate")?.binary != nil)
    #expect(value(sealed.document, "raw_data", "laps", "0", "average_heartrate")?.binary != nil)
    #expect(value(sealed.document, "raw_data", "name")?.string == "Morning Run")
    let decrypted = try copy(sealed.document, .decrypt, keys: [key])
    #expect(decrypted.faults == [])
    #expect(decrypted.document == Self.activity)
  }

  @Test func sealingAgainChangesNothing() throws {
    let once = try copy(Self.activity, .seal(key), keys: [key])
    let twice = try copy(once.document, .seal(key), keys: [key])
    #expect(twice.faults == [])
    #expect(twice.document == once.document)
  }

  @Test func withoutItsKeyAnEnvelopeStaysAndIsAFault() throws {
    let sealed = try copy(Self.activity, .seal(key), keys: [key])
    let decrypted = try copy(sealed.document, .decrypt, keys: [])
    #expect(decrypted.faults.count == 4)
    #expect(decrypted.document == sealed.document)
  }

  @Test func anEnvelopeDoesNotDecryptInAnotherPlace() throws {
    let sealed = try copy(Self.activity, .seal(key), keys: [key])
    let moved = BSONDocument { out in
      for (name, value) in sealed.document.elements where name != "average_heartrate" { out.append(name: name, value) }
      out.append(name: "max_heartrate", value(sealed.document, "average_heartrate") ?? .null)
    }
    #expect(try copy(moved, .decrypt, keys: [key]).faults == ["/max_heartrate"])
    let other = BSONDocument { out in
      for (name, value) in sealed.document.elements {
        out.append(name: name, name == "strava_activity_id" ? .int64(15_000_000_018) : value)
      }
    }
    #expect(try copy(other, .decrypt, keys: [key]).faults.count == 4)
  }

  @Test func resealingMovesEveryEnvelopeUnderTheNewKey() throws {
    let next = DataKey.random(stravaID: 134_815, version: 2)
    let sealed = try copy(Self.activity, .seal(key), keys: [key])
    let moved = try copy(sealed.document, .reseal(next), keys: [key, next])
    #expect(moved.faults == [])
    #expect(try copy(moved.document, .decrypt, keys: [next]).document == Self.activity)
  }
}
