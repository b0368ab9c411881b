import FieldCrypto
import Foundation
import Testing

struct PassphraseTests {
  let scratch: Scratch
  let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("keys")
  }

  /// Cheap parameters, so that a test can try many passphrases.
  static let cost = PassphraseCost(passes: 1, memory: 8)

  static func read(_ bytes: [UInt8]) throws(PassphraseError) -> (passphrase: Passphrase, rest: [UInt8]) {
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data(bytes))
    pipe.fileHandleForWriting.closeFile()
    let passphrase = try Passphrase(readingLineFrom: pipe.fileHandleForReading.fileDescriptor)
    return (passphrase, Array(pipe.fileHandleForReading.readDataToEndOfFile()))
  }

  static func passphrase(_ text: String) throws(PassphraseError) -> Passphrase { try read(Array(text.utf8)).passphrase }

  @discardableResult
  func generate(_ text: String) throws -> KeyFile {
    try KeyFile.generate(at: path, passphrase: Self.passphrase(text), cost: #require(Self.cost))
  }

  func load(_ text: String) throws -> KeyFile {
    try KeyFile.load(at: path) { () throws(PassphraseError) in try Self.passphrase(text) }
  }

  func fileBytes() throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }

  @Test("A file under a passphrase opens with it as what was made, and shows nothing of it")
  func roundTrip() throws {
    let made = try generate("correct horse")
    let loaded = try load("correct horse")
    #expect(loaded.hasPassphrase && made.hasPassphrase)
    #expect(loaded.masterIDs == made.masterIDs)
    #expect(loaded.active == made.active)
    #expect(loaded.indexKey.id == made.indexKey.id)
    let text = try #require(String(bytes: fileBytes(), encoding: .ascii))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "-----BEGIN STRAVA-STORE KEY FILE-----")
    #expect(lines.suffix(2) == ["-----END STRAVA-STORE KEY FILE-----", ""])
    #expect(lines.allSatisfy { $0.count <= 64 })
    #expect(!text.contains(made.active.description))
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
  }

  @Test("A wrong passphrase, a longer, a shorter and none are distinguished from a broken file")
  func wrong() throws {
    try generate("correct horse")
    for text in ["correct hors", "correct horse ", "Correct horse", "c", "correct horse\r"] {
      #expect(try keyFileCode { try load(text) } == .wrongPassphrase, "\(text)")
    }
    #expect(try keyFileCode { try load("") } == .noPassphrase)
    #expect(try keyFileCode { try KeyFile.load(at: path) } == .noPassphrase)
    let error = try #require(throws: KeyFileError.self) { try KeyFile.load(at: path) }
    #expect(
      error.description
        == "cannot read the key file \(path): it is encrypted, and its passphrase cannot be read: none was given")
  }

  @Test("A file in clear asks for no passphrase")
  func notAsked() throws {
    try KeyFile.generate(at: path)
    var asked = false
    let file = try KeyFile.load(at: path) { () throws(PassphraseError) in
      asked = true
      throw PassphraseError(.notGiven)
    }
    #expect(!asked && !file.hasPassphrase)
  }

  @Test("Rotation and dropping keep the passphrase, and take a new nonce each time")
  func rotation() throws {
    let (first, day) = (try generate("correct horse"), RotationTests.day)
    func given() throws(PassphraseError) -> Passphrase { try Self.passphrase("correct horse") }
    let before = try envelope()
    let second = try KeyFile.rotate(at: path, passphrase: given)
    let after = try envelope()
    #expect(after[..<27] == before[..<27])
    #expect(after[27..<51] != before[27..<51])
    #expect(try load("correct horse").masterIDs == second.masterIDs)
    #expect(try keyFileCode { try KeyFile.rotate(at: path) } == .noPassphrase)

    let now = KeyFile.present + day
    let dropped = try KeyFile.drop(first.active, at: path, passphrase: given, now: now)
    #expect(try load("correct horse").masterIDs == dropped.masterIDs)
    #expect(try keyFileCode { try load("other") } == .wrongPassphrase)
    #expect(try scratch.names() == ["keys"])
  }

  @Test("A file that PyNaCl sealed opens, with the ends of its lines as other systems write them too")
  func independentVector() throws {
    let vectors = try Vectors()
    let text = vectors.lockedKeyFileText
    for text in [text, text.replacingOccurrences(of: "\n", with: "\r\n"), "\n  \(text)\n\n", unbroken(text)] {
      _ = try scratch.write(text, to: "keys")
      let file = try load(Vectors.passphrase)
      #expect(try file.active == vectors.id("master.id"))
      #expect(try file.indexKey.id == vectors.id("index_key.id"))
      _ = try file.unwrap(
        vectors.bytes("data_key.wrapped_key"), vectors.id("data_key.id"), 12_345_678_987_654_321, 2)
    }
  }

  @Test("With any bit flipped it is not decrypted, and says why")
  func everyBit() throws {
    try generate("correct horse")
    let bytes = try envelope()
    for index in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[index] ^= 1 << bit
        let expected: KeyFileError.Code
        switch index {
        case 0..<3: expected = .unknownVersion
        case 3:
          // One pass becomes 0, 3, 5, 9, 17 …
          expected = (1...3).contains(bit) ? .wrongPassphrase : .badCost
        case 7..<11:
          // 8 KiB becomes 0 or more. Values that are allowed but take long are left out.
          let memory = 8 ^ 1 << ((index - 7) * 8 + bit)
          if 1 << 14...1 << 20 ~= memory { continue }
          expected = 8...1 << 20 ~= memory ? .wrongPassphrase : .badCost
        case 4..<7: expected = .badCost
        default: expected = .wrongPassphrase
        }
        try write(flipped)
        #expect(try keyFileCode { try load("correct horse") } == expected, "bit \(bit) of byte \(index)")
      }
    }
  }

  @Test("Cut off anywhere, it is not decrypted, and a piece less in its middle is noticed")
  func everyLength() throws {
    try generate("correct horse")
    let text = try fileBytes()
    for count in 0..<text.count - 1 {
      try Data(text[..<count]).write(to: URL(fileURLWithPath: path))
      let code = try keyFileCode { try load("correct horse") }
      #expect(code == (1..<37 ~= count ? .notJSON : .truncated), "\(count) bytes")
    }
    let bytes = try envelope()
    for count in [0, 1, 66] {
      try write(Array(bytes[..<count]))
      #expect(try keyFileCode { try load("correct horse") } == (count == 0 ? .malformed : .truncated))
    }
    try write(bytes + [0])
    #expect(try keyFileCode { try load("correct horse") } == .wrongPassphrase)
  }

  @Test("What is not base64 is refused, non-ASCII bytes too")
  func notBase64() throws {
    try generate("correct horse")
    let text = try fileBytes()
    for byte in [0x00, 0x2d, 0x3d, 0x7b, 0x80, 0xff] as [UInt8] {
      var spoilt = text
      spoilt[100] = byte
      try Data(spoilt).write(to: URL(fileURLWithPath: path))
      #expect(try keyFileCode { try load("correct horse") } == .malformed, "byte \(byte)")
    }
  }

  @Test("A file that asks for all the machine's memory, or for hours, is refused without asking for a passphrase")
  func hostile() throws {
    try generate("correct horse")
    let bytes = try envelope()
    for (passes, memory) in [(UInt32.max, 8), (17, 8), (0, 8), (1, UInt32.max), (1, 1 << 20 | 1), (1, 7), (1, 0)] {
      let numbers = [passes, memory].flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
      try write(bytes[..<3] + numbers + bytes[11...])
      #expect(try keyFileCode { try KeyFile.load(at: path) } == .badCost, "\(passes) passes over \(memory) KiB")
      #expect(PassphraseCost(passes: passes, memory: memory) == nil)
    }
  }

  @Test("JSON inside the envelope that is not a key file is refused as it would be in clear")
  func badContent() throws {
    let spoilt = try envelope(PyNaCl.keyFile("{\"version\": 1}", under: "correct horse"))
    try write(spoilt)
    #expect(try keyFileCode { try load("correct horse") } == .missingField)
  }

  @Test("A passphrase is a line, taken byte for byte; what follows stays for others")
  func line() throws {
    #expect(try Self.read(Array("word\nrest\n".utf8)).rest == Array("rest\n".utf8))
    try generate("gr\u{fc}n \t")
    #expect(try load("gr\u{fc}n \t\nmore").hasPassphrase)
    #expect(try keyFileCode { try load("gru\u{308}n \t") } == .wrongPassphrase)
    for (bytes, code) in [
      ([], PassphraseError.Code.empty), ([0x0a, 0x61], .empty),
    ] as [([UInt8], PassphraseError.Code)] {
      #expect(throws: PassphraseError(code)) { try Self.read(bytes) }
    }
    #expect(throws: PassphraseError(.unreadable)) { try Passphrase(readingLineFrom: -1) }
  }

  @Test("One of 1,024 bytes is taken, to its last byte, and none that is longer; with a line feed and without")
  func longest() throws {
    let longest = String(repeating: "a", count: 1024)
    try generate(longest + "\n")
    #expect(try load(longest).hasPassphrase)
    #expect(try keyFileCode { try load(longest.dropLast() + "b") } == .wrongPassphrase)
    for end in ["", "\n", "a\n"] {
      #expect(throws: PassphraseError(.tooLong)) { try Self.passphrase(longest + "a" + end) }
    }
  }

  private func unbroken(_ text: String) -> String {
    var lines = text.split(separator: "\n")
    let (first, last) = (lines.removeFirst(), lines.removeLast())
    return first + lines.joined() + last
  }

  /// Returns the bytes of the envelope in the file.
  private func envelope() throws -> [UInt8] { try envelope(String(decoding: fileBytes(), as: UTF8.self)) }

  private func envelope(_ text: String) throws -> [UInt8] {
    let lines = text.split(separator: "\n").dropFirst().dropLast()
    return try Array(#require(Data(base64Encoded: lines.joined())))
  }

  private func write(_ bytes: some Sequence<UInt8>) throws {
    let body = Data(bytes).base64EncodedString()
    _ = try scratch.write(
      "-----BEGIN STRAVA-STORE KEY FILE-----\n\(body)\n-----END STRAVA-STORE KEY FILE-----\n", to: "keys")
  }
}
