import FieldCrypto
import Foundation
import Testing

struct BlindIndexTests {
  let vectors: Vectors
  let username: BlindIndex
  let email: BlindIndex
  let accessToken: BlindIndex

  init() throws {
    vectors = try Vectors()
    let indexKey = try vectors.keyFile().indexKey
    username = BlindIndex(indexKey, of: .username)
    email = BlindIndex(indexKey, of: .email)
    accessToken = BlindIndex(indexKey, of: .accessToken)
  }

  func hash(_ index: BlindIndex, _ value: String) -> Digest256 { hash(index, Array(value.utf8)) }
  func hash(_ index: BlindIndex, _ value: [UInt8]) -> Digest256 { value.withUnsafeBytes { index.of($0) } }

  @Test("The hashes are those that hashlib computes")
  func independentVectors() throws {
    #expect(try hash(username, vectors.json("username.value")).hex == vectors.text("username.hash"))
    #expect(try hash(email, vectors.json("email.value")).hex == vectors.text("email.hash"))
    #expect(try hash(accessToken, vectors.json("access_token.value")).hex == vectors.text("access_token.hash"))
  }

  @Test("Each byte that is trimmed is trimmed at both ends and nowhere else, and no other byte is")
  func trimming() {
    let trimmed: Set<UInt8> = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20]
    for byte in UInt8.min...UInt8.max {
      let value: [UInt8] = [0x61, byte, 0x62]
      for index in [username, email, accessToken] {
        let isTrimmed = hash(index, [byte, byte] + value + [byte]) == hash(index, value)
        #expect(isTrimmed == trimmed.contains(byte), "byte \(byte)")
        #expect(hash(index, value) != hash(index, [0x61, 0x62]), "byte \(byte)")
      }
    }
    for index in [username, email, accessToken] { #expect(hash(index, " \t\r\n ") == hash(index, "")) }
  }

  @Test("A to Z are lower-cased in user names and addresses, nothing else is, and nothing in a token")
  func folding() {
    for byte in UInt8(0x21)...UInt8.max {
      let isUpper = 0x41...0x5a ~= byte
      // This bit distinguishes "A" from "a"; the test flips it in every byte.
      for index in [username, email] {
        let isFolded = hash(index, [0x78, byte]) == hash(index, [0x78, byte | 0x20])
        #expect(isFolded == (isUpper || byte & 0x20 != 0), "byte \(byte)")
      }
      #expect((hash(accessToken, [byte]) == hash(accessToken, [byte | 0x20])) == (byte & 0x20 != 0), "byte \(byte)")
    }
    for (upper, lower) in [("É", "é"), ("İ", "i"), ("\u{212a}", "k"), ("Ω", "ω"), ("e\u{301}", "é"), ("ﬁ", "fi")] {
      #expect(hash(email, Array(upper.utf8)) != hash(email, Array(lower.utf8)), "\(upper)")
    }
  }

  @Test("One value has another hash in each field, and each value one of its own")
  func distinct() {
    let hashes = (0..<1000).flatMap { number in [username, email, accessToken].map { hash($0, "a\(number)") } }
    #expect(Set(hashes).count == 3000)
  }

  @Test("The settings' MAC is the vector's, in whatever order the classes come, and covers every part")
  func settings() throws {
    let file = try vectors.keyFile()
    let mac = SettingsMAC(file.indexKey)
    func value(
      _ classes: Set<String>, _ master: KeyID, _ digest: Int32 = RecordDigest.form, form: String? = "specification"
    ) -> Digest256 {
      mac.mac(sealedClasses: classes, activeMaster: master, digestForm: digest, form: form)
    }
    let right = value(["secret", "identity"], file.active)
    #expect(try right.hex == vectors.text("settings.mac"))
    #expect(value(["identity", "secret"], file.active) == right)
    #expect(value(["secret"], file.active) != right)
    #expect(value(["secret", "identity", "health"], file.active) != right)
    #expect(try value(["secret", "identity"], vectors.id("data_key.id")) != right)
    #expect(value(["secret", "identity"], file.active, 1) != right)
    #expect(value(["secret", "identity"], file.active, form: "platform") != right)
    #expect(value(["secret", "identity"], file.active, form: nil) != right)
    let scratch = try Scratch()
    let other = try SettingsMAC(KeyFile.generate(at: scratch.path("keys")).indexKey)
    let same = other.mac(
      sealedClasses: ["secret", "identity"], activeMaster: file.active, digestForm: RecordDigest.form,
      form: "specification")
    #expect(same != right)
  }
}
