import FieldCrypto
import Foundation
import Testing

struct RotationTests {
  let scratch: Scratch
  let path: String
  static let day: Int64 = 24 * 60 * 60 * 1000
  static let start: Int64 = 1_790_000_000_000

  init() throws {
    scratch = try Scratch()
    path = scratch.path("keys")
  }

  func json() throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
  }

  @Test("Rotation adds a master that is active from then on, keeps the others and the index key, and leaves one file")
  func rotate() throws {
    let first = try KeyFile.generate(at: path)
    let before = try json()
    let second = try KeyFile.rotate(at: path)
    let third = try KeyFile.rotate(at: path)
    let loaded = try KeyFile.load(at: path)

    #expect(Set(third.masterIDs) == [first.active, second.active, third.active])
    #expect(loaded.masterIDs == third.masterIDs)
    #expect(loaded.active == third.active)
    #expect(loaded.indexKey.id == first.indexKey.id)
    let after = try json()
    #expect(Set(after.keys) == ["version", "active", "masters", "index_key"])
    #expect(after["index_key"] as? String == before["index_key"] as? String)
    let (old, new) = try (
      #require(before["masters"] as? [String: String]), #require(after["masters"] as? [String: String])
    )
    #expect(new.count == 3 && Set(new.values).count == 3)
    #expect(new[first.active.description] == old[first.active.description])
    #expect(try scratch.names() == ["keys"])
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
  }

  @Test("A master's id tells when it was made, and with the others' when it was rotated away")
  func times() throws {
    let (start, day) = (Self.start, Self.day)
    let first = try KeyFile.generate(at: path, now: start).active
    let second = try KeyFile.rotate(at: path, now: start + day).active
    let file = try KeyFile.rotate(at: path, now: start + 5 * day)
    #expect([first, second, file.active].map(\.madeAt) == [start, start + day, start + 5 * day])
    #expect([first, second, file.active].map(file.rotatedAt) == [start + day, start + 5 * day, nil])
    #expect(UUID(uuidString: first.description) != nil)
    #expect(Array(first.description)[14] == "7")
  }

  @Test("A clock that was set back does not make the newest master look older")
  func clockSetBack() throws {
    let first = try KeyFile.generate(at: path, now: Self.start).active
    let file = try KeyFile.rotate(at: path, now: Self.start - Self.day)
    #expect(file.rotatedAt(first) == Self.start + 1)
    #expect(file.rotatedAt(file.active) == nil)
  }

  @Test("A master is dropped 24 hours after its own rotation, not a millisecond before")
  func drop() throws {
    let (start, day) = (Self.start, Self.day)
    let first = try KeyFile.generate(at: path, now: start)
    let key = DataKey.random(stravaID: 1, version: 1)
    let wrapped = try first.wrap(key, under: first.active)
    let second = try KeyFile.rotate(at: path, now: start + day)
    let third = try KeyFile.rotate(at: path, now: start + 2 * day - 1)
    let text = try Data(contentsOf: URL(fileURLWithPath: path))

    let early = start + 2 * day - 1
    #expect(try keyFileCode { try KeyFile.drop(first.active, at: path, now: early) } == .tooSoon)
    #expect(try keyFileCode { try KeyFile.drop(second.active, at: path, now: early + 1) } == .tooSoon)
    #expect(try keyFileCode { try KeyFile.drop(third.active, at: path, now: start + 99 * day) } == .activeMaster)
    #expect(try keyFileCode { try KeyFile.drop(key.id, at: path, now: start + 99 * day) } == .unknownMaster)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)

    let dropped = try KeyFile.drop(first.active, at: path, now: early + 1)
    #expect(Set(dropped.masterIDs) == [second.active, third.active])
    #expect(try KeyFile.load(at: path).masterIDs == dropped.masterIDs)
    #expect(try envelopeCode { try dropped.unwrap(wrapped, key.id, 1, 1) } == .unknownKey)
    #expect(try scratch.names() == ["keys"])
  }

  @Test("Ids that do not tell: the next rotation tells for them, and without one they are not dropped")
  func untimed() throws {
    let (other, day) = ("0e7c36a8-5d5b-4c5e-9a5b-0123456789ab", Self.day)
    let text = Known.text.replacingOccurrences(
      of: "\"masters\": {", with: "\"masters\": {\"\(other)\": \"\(Known.master)\", ")
    _ = try scratch.write(text, to: "keys")
    let id = try #require(KeyID(other))
    #expect(try KeyFile.load(at: path).rotatedAt(id) == nil)
    #expect(try keyFileCode { try KeyFile.drop(id, at: path, now: Self.start) } == .tooSoon)
    #expect(try KeyFile.rotate(at: path, now: Self.start).rotatedAt(id) == Self.start)
    #expect(try keyFileCode { try KeyFile.drop(id, at: path, now: Self.start + day - 1) } == .tooSoon)
    #expect(try KeyFile.drop(id, at: path, now: Self.start + day).masterIDs.count == 2)
  }

  @Test("Of several that rotate at once, each either adds its master or learns that it did not")
  func race() async throws {
    let (path, first) = (path, try KeyFile.generate(at: path).active)
    let made = try await withThrowingTaskGroup(of: KeyID?.self) { group in
      for _ in 0..<32 {
        group.addTask {
          do throws(KeyFileError) {
            return try KeyFile.rotate(at: path).active
          } catch {
            guard error.code == .busy else { throw error }
            return nil
          }
        }
      }
      return try await group.reduce(into: [KeyID]()) { if let id = $1 { $0.append(id) } }
    }
    let file = try KeyFile.load(at: path)
    #expect(!made.isEmpty)
    #expect(Set(file.masterIDs) == Set(made + [first]))
    #expect(made.contains(file.active))
    #expect(try scratch.names() == ["keys"])
  }

  @Test("What a crash left aside is cleared away by the next change")
  func leftover() throws {
    try KeyFile.generate(at: path)
    _ = try scratch.write("half a key fi", to: "keys.new", mode: 0o644)
    #expect(try KeyFile.rotate(at: path).masterIDs.count == 2)
    #expect(try scratch.names() == ["keys"])
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
  }

  @Test("Where nothing can be written aside, the file stays as it is")
  func cannotWrite() throws {
    try KeyFile.generate(at: path)
    let text = try Data(contentsOf: URL(fileURLWithPath: path))
    _ = try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: false)
    #expect(try keyFileCode { try KeyFile.rotate(at: path) } == .system)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
  }

  @Test("What does not load is not changed either", arguments: ["none", "link", "open"])
  func unfit(kind: String) throws {
    try KeyFile.generate(at: path)
    let unfit = scratch.path(kind)
    switch kind {
    case "link": try FileManager.default.createSymbolicLink(atPath: unfit, withDestinationPath: path)
    case "open": _ = try scratch.write(Known.text, to: "open", mode: 0o644)
    default: break
    }
    let expected: [String: KeyFileError.Code] = ["none": .missing, "link": .notChangeable, "open": .mode]
    let names = try scratch.names().sorted()
    #expect(try keyFileCode { try KeyFile.rotate(at: unfit) } == expected[kind])
    #expect(try scratch.names().sorted() == names)
    #expect(try KeyFile.load(at: path).masterIDs.count == 1)
  }
}
