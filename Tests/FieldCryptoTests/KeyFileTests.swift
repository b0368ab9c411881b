import FieldCrypto
import Foundation
import Glibc
import Testing

struct KeyFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func loadError(_ path: String) -> KeyFileError? {
    do throws(KeyFileError) {
      _ = try KeyFile.load(at: path)
      return nil
    } catch {
      return error
    }
  }

  func generateError(_ path: String) -> KeyFileError? {
    do throws(KeyFileError) {
      try KeyFile.generate(at: path)
      return nil
    } catch {
      return error
    }
  }

  @Test("A generated file loads as what was generated, has mode 0600, and nothing is left beside it")
  func roundTrip() throws {
    let path = scratch.path("keys")
    let generated = try KeyFile.generate(at: path)
    let loaded = try KeyFile.load(at: path)

    #expect(loaded.active == generated.active)
    #expect(loaded.masterIDs == [generated.active])
    #expect(loaded.indexKey.id == generated.indexKey.id)
    let digest = KeyedHash(generated.indexKey, .digest).digest("one message")
    #expect(KeyedHash(loaded.indexKey, .digest).digest("one message") == digest)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try scratch.names() == ["keys"])
  }

  @Test("The file is the JSON that the format says, readable by any JSON reader")
  func format() throws {
    let path = scratch.path("keys")
    let file = try KeyFile.generate(at: path)
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
    let object = try #require(json as? [String: Any])

    #expect(Set(object.keys) == ["version", "active", "masters", "index_key"])
    #expect(object["version"] as? Int == 1)
    let active = try #require(object["active"] as? String)
    #expect(active == file.active.description)
    #expect(UUID(uuidString: active)?.uuidString.lowercased() == active)
    let masters = try #require(object["masters"] as? [String: String])
    #expect(Array(masters.keys) == [active])
    let keys = try [#require(masters[active]), #require(object["index_key"] as? String)]
    #expect(keys.map { Data(base64Encoded: $0)?.count } == [32, 32])
    #expect(keys[0] != keys[1])
  }

  @Test("Every generated file has keys of its own")
  func fresh() throws {
    let files = try (0..<10).map { try KeyFile.generate(at: scratch.path("keys\($0)")) }
    #expect(Set(files.map(\.active)).count == 10)
    #expect(Set(files.map(\.indexKey.id)).count == 10)
  }

  @Test("A file that another writer made loads: other order and spacing, several masters, upper case, \\/")
  func foreign() throws {
    let second = "0E7C36A8-5D5B-4C5E-9A5B-0123456789AB"
    let slashes = String(repeating: #"\/"#, count: 42) + "8="
    let path = try scratch.write(
      """
      \t{ "masters" : {"\(Known.masterID)":"\(Known.master)",\r
      "\(second)":"\(slashes)"} , "index_key": "\(Known.indexKey)",\n"active":"\(second)","version":1}\n\n
      """, to: "keys")
    let file = try KeyFile.load(at: path)
    #expect(file.active.description == second.lowercased())
    #expect(file.masterIDs.map(\.description) == [second.lowercased(), Known.masterID])
    #expect(file.indexKey.id == (try Known.keyFile().indexKey.id))
  }

  @Test("Others may not have access", arguments: [0o644, 0o604, 0o610, 0o601, 0o620, 0o602])
  func mode(mode: Int) throws {
    let path = try scratch.write(Known.text, to: "keys", mode: mode)
    let error = try #require(loadError(path))
    #expect(error.code == .mode)
    #expect(error.message.contains(path))
    #expect(error.message.contains("mode is 0\(String(mode, radix: 8))"))
  }

  @Test("Less than 0600 is enough")
  func readOnly() throws {
    #expect(loadError(try scratch.write(Known.text, to: "keys", mode: 0o400)) == nil)
  }

  @Test("A file of another user is refused: to root by us, to anybody else by the system")
  func owner() throws {
    let path = try scratch.write(Known.text, to: "keys")
    if geteuid() == 0 {
      #expect(chown(path, 12345, 12345) == 0)
      #expect(loadError(path)?.code == .owner)
    } else {
      #expect(chown(path, 12345, 12345) != 0)
      #expect(loadError("/etc/shadow")?.code == .system)
    }
  }

  @Test("What is there stays as it is")
  func exists() throws {
    let path = try scratch.write("precious", to: "keys", mode: 0o644)
    #expect(generateError(path)?.code == .exists)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    #expect(try scratch.names() == ["keys"])
  }

  @Test("A symbolic link is followed to read a file, but never replaced, dangling or not")
  func symbolicLinks() throws {
    let target = scratch.path("target")
    let link = scratch.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    #expect(generateError(link)?.code == .exists)
    #expect(try scratch.names() == ["link"])

    _ = try scratch.write(Known.text, to: "target")
    #expect(generateError(link)?.code == .exists)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == Known.text)
    #expect(loadError(link) == nil)
    #expect(throws: KeyFileError.self) { () throws in _ = try KeyFile.rotate(at: link) }
    #expect(try scratch.names().sorted() == ["link", "target"])
  }

  @Test("A directory or a pipe is not a key file, and the pipe is not waited for")
  func notRegular() throws {
    #expect(loadError(scratch.directory)?.code == .notRegular)
    let pipe = scratch.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(loadError(pipe)?.code == .notRegular)
  }

  @Test("No file, no directory for it, one far too large")
  func otherFailures() throws {
    let missing = try #require(loadError(scratch.path("none")))
    #expect(missing.code == .missing)
    #expect(missing.path == scratch.path("none"))
    #expect(missing.description.hasPrefix("cannot read the key file \(scratch.path("none")): it does not exist;"))
    #expect(generateError(scratch.path("none/keys"))?.code == .system)
    let large = try scratch.write(Known.text + String(repeating: " ", count: 1 << 20), to: "large")
    #expect(loadError(large)?.code == .tooLarge)
  }

  @Test("Of several that generate at once, one makes the file and the others are refused")
  func race() async throws {
    let path = scratch.path("keys")
    let made = await withTaskGroup(of: KeyID?.self) { group in
      for _ in 0..<16 { group.addTask { try? KeyFile.generate(at: path).active } }
      return await group.reduce(into: [KeyID]()) { if let id = $1 { $0.append(id) } }
    }
    #expect(made == [try KeyFile.load(at: path).active])
    #expect(try scratch.names() == ["keys"])
  }

  static let longKey = Data(repeating: 7, count: 33).base64EncodedString()
  static let shortKey = Data(repeating: 7, count: 31).base64EncodedString()
  static let otherID = "0e7c36a8-5d5b-4c5e-9a5b-0123456789ab"

  /// A replacement in `Known.text`, and the error code with which the result is refused.
  static let spoilt: [(String, String, KeyFileError.Code)] = [
    (Known.text, "", .truncated),
    (Known.text, " \n", .truncated),
    (Known.text, "\u{1}\u{1}\u{fffd}\u{2}", .notJSON),
    (Known.text, "[]", .notJSON),
    (Known.text, "\u{feff}" + Known.text, .notJSON),
    (Known.text, "{}", .missingField),
    (Known.text, Known.text + Known.text, .malformed),
    (Known.text, Known.text + "\0", .malformed),
    ("1,", "2,", .unknownVersion),
    ("1,", "10,", .unknownVersion),
    ("1,", "1.0,", .malformed),
    ("1,", "-1,", .malformed),
    ("1,", "\"1\",", .malformed),
    ("1,", "1", .malformed),
    ("}, ", "},, ", .malformed),
    (Known.indexKey + "\"}", Known.indexKey + "\",}", .malformed),
    ("active\":", "active\"", .malformed),
    ("\"version\": 1, ", "", .missingField),
    ("\"active\": \"\(Known.masterID)\", ", "", .missingField),
    (", \"index_key\": \"\(Known.indexKey)\"", "", .missingField),
    ("\"masters\": {\"\(Known.masterID)\": \"\(Known.master)\"}, ", "", .missingField),
    ("\"version\": 1", "\"version\": 1, \"version\": 1", .duplicateField),
    (
      "{\"\(Known.masterID)", "{\"\(Known.masterID.uppercased())\": \"\(Known.master)\", \"\(Known.masterID)",
      .duplicateField
    ),
    ("index_key", "indexKey", .unknownField),
    ("\"index_key\"", "\"\(Known.indexKey)\"", .unknownField),
    ("index_key", #"index\u005fkey"#, .malformed),
    ("\"active\": \"6f", "\"active\": \"6g", .badID),
    ("\"active\": \"6f", "\"active\": \"f", .badID),
    ("{\"\(Known.masterID)\": \"\(Known.master)\"", "{\"\(Known.master)\": \"\(Known.masterID)\"", .badID),
    ("-8b86-", "8-b86-", .badID),
    (Known.master, "", .badKey),
    (Known.master, shortKey, .badKey),
    (Known.indexKey, longKey, .badKey),
    (Known.indexKey, "*" + Known.indexKey.dropFirst(), .badKey),
    (Known.indexKey, String(Known.indexKey.dropLast()), .badKey),
    (Known.indexKey, Known.indexKey + "=", .badKey),
    ("8=", "9=", .badKey),
    ("\"active\": \"\(Known.masterID)\"", "\"active\": \"\(otherID)\"", .unknownActive),
    ("{\"\(Known.masterID)\": \"\(Known.master)\"}", "{}", .unknownActive),
  ]

  @Test("A spoilt file is refused with its own code, and the reason holds no key", arguments: spoilt)
  func spoiltFile(old: String, new: String, code: KeyFileError.Code) throws {
    let range = try #require(Known.text.range(of: old))
    let path = try scratch.write(Known.text.replacingCharacters(in: range, with: new), to: "keys")
    let error = try #require(loadError(path))
    #expect(error.code == code, "\(error)")
    expectNoKey(in: error, path)
  }

  @Test("Cut off after any byte, it is refused")
  func everyPrefix() throws {
    for count in 0..<Known.text.utf8.count {
      let path = try scratch.write(String(Known.text.prefix(count)), to: "keys")
      let error = try #require(loadError(path))
      #expect(error.code == .truncated, "after \(count) bytes: \(error)")
      expectNoKey(in: error, path)
    }
  }

  @Test("With any byte replaced by one that cannot stand there, it is refused, and no reason says a key")
  func everyByte() throws {
    let bytes = Array(Known.text.utf8)
    for index in bytes.indices {
      for byte in [0x00, 0x22, 0x5c, 0x7d, 0x80, 0xff] as [UInt8] where byte != bytes[index] {
        var spoilt = bytes
        spoilt[index] = byte
        let path = scratch.path("keys")
        try Data(spoilt).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        let error = try #require(loadError(path), "loaded with byte \(index) as \(byte)")
        expectNoKey(in: error, path)
      }
    }
  }

  /// Expects that no eight consecutive characters of either key occur in the text, which would not happen by chance.
  func expectNoKey(in error: KeyFileError, _ path: String) {
    let text = String(reflecting: error) + error.description
    #expect(error.message.contains(path))
    for key in [Known.master, Known.indexKey] {
      for start in 0...(key.count - 8) {
        let piece = key.dropFirst(start).prefix(8)
        #expect(!text.contains(piece))
      }
    }
  }
}
