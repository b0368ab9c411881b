import FieldCrypto
import Foundation
import Testing

/// Tokens that Python's `cryptography` has made: Tests/Interop/fernet_vectors.json.
@Suite struct FernetTests {
  private struct Vectors: Decodable {
    struct Token: Decodable {
      let key: Int
      let text: String
      let token: String
    }

    let keys: [String]
    let tokens: [Token]
    let invalid: [String: String]
  }

  private let vectors: Vectors
  private let scratch: Scratch

  init() throws {
    let url = URL(fileURLWithPath: #filePath).appending(path: "../../Interop/fernet_vectors.json").standardized
    vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: url))
    scratch = try Scratch()
  }

  private func keys(_ indexes: Int...) throws -> FernetKeys {
    let text = indexes.map { vectors.keys[$0] }.joined(separator: "\n") + "\n"
    return try FernetKeys(path: scratch.write(text, to: "fernet-\(UUID())"))
  }

  private func decrypt(_ token: String, _ keys: FernetKeys) -> String? {
    Array(token.utf8).withUnsafeBytes { keys.decrypt($0) { String(decoding: $0, as: UTF8.self) } }
  }

  @Test func tokensOfTheReferenceAreDecrypted() throws {
    #expect(vectors.tokens.count >= 7)
    let both = try keys(0, 1)
    for token in vectors.tokens {
      #expect(decrypt(token.token, both) == token.text)
      #expect(try decrypt(token.token, keys(token.key)) == token.text)
      #expect(try decrypt(token.token, keys(1 - token.key)) == nil)
    }
  }

  @Test func invalidTokensAreNot() throws {
    #expect(vectors.invalid.count >= 13)
    let both = try keys(0, 1)
    for (reason, token) in vectors.invalid { #expect(decrypt(token, both) == nil, "\(reason)") }
    for token in ["", "gAAAAA", "gAAAAABé", String(repeating: "A", count: 400)] { #expect(decrypt(token, both) == nil) }
  }

  @Test func everyChangedByteIsNoticed() throws {
    let (both, token) = try (keys(0, 1), vectors.tokens[4])
    for index in token.token.utf8.indices {
      var bytes = Array(token.token.utf8)
      let place = token.token.utf8.distance(from: token.token.utf8.startIndex, to: index)
      bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(decrypt(String(decoding: bytes, as: UTF8.self), both) == nil, "byte \(place)")
    }
  }

  @Test func ownTokensAreDecryptedAndDiffer() throws {
    let both = try keys(1, 0)
    for count in [0, 1, 15, 16, 17, 40, 300] {
      let text = String(repeating: "t", count: count)
      let made = try (0..<2).map { _ in
        try #require(Array(text.utf8).withUnsafeBytes { both.encrypt($0, time: 1_700_000_000) })
      }
      #expect(made[0] != made[1] && made[0].hasPrefix("gAAAA"))
      for token in made {
        #expect(decrypt(token, both) == text)
        #expect(try decrypt(token, keys(1)) == text)
        #expect(try decrypt(token, keys(0)) == nil)
      }
    }
  }

  @Test(arguments: ["", "\n\n", "short\n", "not base64!!\n"])
  func aFileWithoutKeysIsRefused(_ text: String) throws {
    let path = try scratch.write(text, to: "fernet")
    #expect(throws: KeyFileError.self) { try FernetKeys(path: path) }
  }

  @Test func aFileOfOthersOrWithTooManyKeysIsRefused() throws {
    let open = try scratch.write(vectors.keys[0] + "\n", to: "open", mode: 0o644)
    #expect(throws: KeyFileError.self) { try FernetKeys(path: open) }
    let many = Array(repeating: vectors.keys[0], count: FernetKeys.limit + 1).joined(separator: "\n")
    let path = try scratch.write(many, to: "many")
    #expect(throws: KeyFileError.self) { try FernetKeys(path: path) }
    let spaced = try scratch.write("  \(vectors.keys[0]) \r\n\n\(vectors.keys[1])", to: "spaced")
    #expect(try decrypt(vectors.tokens[1].token, FernetKeys(path: spaced)) == vectors.tokens[1].text)
  }
}
