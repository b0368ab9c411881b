import FieldCrypto
import Foundation
import Support
import Testing

/// Comparison with PyNaCl and the Python programs of Tests/Interop, which share no code with the program.
enum PyNaCl {
  /// Returns what a Python program prints. It finds the modules imported as `vectors` and `reader`.
  static func run(_ program: String, _ arguments: [String] = []) throws -> String {
    let imports = "import json, sys, bson, open_sealed as reader, sealing_vectors as vectors\n"
    let outcome = try Command(
      Checkout.inVenv("python"), ["-c", imports + program] + arguments,
      environment: [
        "PYTHONPATH": Checkout.root.appending(path: "Tests/Interop").path, "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",
      ]
    ).run()
    try #require(outcome.exitCode == 0, "the Python program failed: \(outcome.errors)")
    return outcome.output
  }

  /// The text of a key file with the given content.
  static func keyFile(_ json: String, under passphrase: String) throws -> String {
    try run(
      """
      vectors.key_file = lambda: sys.argv[1]
      vectors.PASSPHRASE = sys.argv[2]
      print(vectors.key_file_under_passphrase())
      """, [json, passphrase])
  }
}

struct InteropTests {
  @Test("The page's vectors are what PyNaCl and hashlib compute")
  func page() throws {
    let computed = try PyNaCl.run("vectors.main()")
    #expect(try Vectors.page().hasSuffix(computed))
    #expect(computed.count > 3000)
  }

  @Test("The subkeys' numbers are those of the page")
  func subkeys() throws {
    let vectors = try Vectors()
    let names = ["username", "email", "access_token", "digest", "rejects", "settings", "digest_poly1305"]
    #expect(IndexKey.Subkey.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7])
    for (number, name) in names.enumerated() { #expect(try vectors.bytes("subkey.\(number + 1).\(name)").count == 32) }
    let sealed = try vectors.bytes("reject.envelope")
    let envelope = try RejectEnvelope(vectors.keyFile().indexKey)
    #expect(try sealed.withUnsafeBytes { try envelope.decrypt($0) } == vectors.bytes("reject.plaintext"))
  }

  @Test("The reference reader opens our key file, wrapped key and sealed value", arguments: [nil, "gr\u{fc}n, 7"])
  func reference(passphrase: String?) throws {
    let scratch = try Scratch()
    let path = scratch.path("keys")
    try KeyFile.generate(
      at: path, passphrase: passphrase.map { try PassphraseTests.passphrase($0) }, cost: #require(PassphraseTests.cost))
    let file = try KeyFile.rotate(at: path) { () throws(PassphraseError) in
      try PassphraseTests.passphrase(passphrase ?? "")
    }
    let key = DataKey.random(stravaID: 77, version: 3)
    let wrapped = try file.wrap(key, under: file.active)
    let text = "an address \u{17c} 1"
    // {"v": text}
    let count = UInt8(text.utf8.count)
    let document = [count + 13, 0, 0, 0, 2, 0x76, 0, count + 1, 0, 0, 0] + text.utf8 + [0, 0]
    let sealed = key.seal(document, at: SealedPath("users", "77", "raw_data", "a/b~", "0"))

    let decrypted = try PyNaCl.run(
      """
      path, passphrase, identifier, wrapped, sealed = sys.argv[1:]
      masters, _ = reader.read_key_file(open(path).read(), passphrase.encode() or None)
      key = reader.unwrap(
          {"_id": bytes.fromhex(identifier), "strava_id": 77, "version": 3, "wrapped_key": bytes.fromhex(wrapped)},
          masters)
      envelope = bson.Binary(bytes.fromhex(sealed), reader.SEALED)
      (path, found), = reader.sealed_fields({"raw_data": {"other": b"1", "a/b~": [envelope]}})
      print(path, bson.decode(reader.open_envelope(found, key, "strava-store/1/users/77" + path))["v"])
      """,
      [path, passphrase ?? "", hex(key.id.withUnsafeBytes { Array($0) }), hex(wrapped), hex(sealed)])
    #expect(decrypted == "/raw_data/a~1b~0/0 \(text)\n")
  }

  private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
}
