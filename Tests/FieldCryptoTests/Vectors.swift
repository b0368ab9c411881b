import FieldCrypto
import Foundation
import Testing

/// The test vectors of docs/sealing.md.
struct Vectors {
  private let values: [String: String]
  /// The key file of the vectors, unencrypted and encrypted under `passphrase`.
  let keyFileText: String
  let lockedKeyFileText: String

  static let passphrase = "grüne Wiese, 7 Schafe"
  static let checkout = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized

  static func page() throws -> String {
    try String(contentsOf: checkout.appending(path: "docs/sealing.md"), encoding: .utf8)
  }

  init() throws {
    let blocks = try #require(Self.page().components(separatedBy: "## Test vectors").last)
      .components(separatedBy: "```")
    let names = blocks[1].split(separator: "\n").dropFirst().map { line in
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      return (parts[0], parts[1])
    }
    values = Dictionary(uniqueKeysWithValues: names)
    keyFileText = String(blocks[3].dropFirst("json\n".count))
    lockedKeyFileText = String(blocks[5].dropFirst("text\n".count))
  }

  func text(_ name: String) throws -> String { try #require(values[name], "no vector \(name)") }

  func json(_ name: String) throws -> String { try JSONDecoder().decode(String.self, from: Data(text(name).utf8)) }

  func id(_ name: String) throws -> KeyID { try #require(KeyID(text(name))) }

  func bytes(_ name: String) throws -> [UInt8] {
    let digits = try Array(text(name))
    return try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
    }
  }

  func keyFile() throws -> KeyFile {
    let scratch = try Scratch()
    return try KeyFile.load(at: scratch.write(keyFileText, to: "keys"))
  }

  func dataKey() throws -> DataKey {
    try keyFile().unwrap(
      bytes("data_key.wrapped_key"), id("data_key.id"), #require(Int64(text("data_key.strava_id"))),
      #require(Int32(text("data_key.version"))))
  }
}

extension KeyFile {
  func unwrap(_ wrapped: [UInt8], _ id: KeyID, _ stravaID: Int64, _ version: Int32) throws -> DataKey {
    try wrapped.withUnsafeBytes { try unwrap($0, id: id, stravaID: stravaID, version: version) }
  }
}

extension DataKey {
  /// Returns a value that a sealer of its own has sealed.
  func seal(_ plaintext: [UInt8], at path: SealedPath) -> [UInt8] {
    var sealer = FieldSealer()
    sealer.begin(under: self)
    return sealer.seal(plaintext, at: path)
  }

  /// Decrypts the value for this key's athlete, with no other key available.
  func decrypt(_ sealed: [UInt8], at path: SealedPath) throws -> [UInt8] {
    try sealed.withUnsafeBytes {
      try SealedValue.decrypt($0, athlete: stravaID, at: path) { $0 == id ? self : nil }
    }
  }
}

extension FieldSealer {
  mutating func seal(_ plaintext: [UInt8], at path: SealedPath) -> [UInt8] {
    var envelope =
      [UInt8](repeating: 0, count: SealedValue.headCount) + plaintext
      + [UInt8](repeating: 0, count: SealedValue.tailCount)
    envelope.withUnsafeMutableBytes { seal(inPlace: $0, at: path) }
    return envelope
  }
}

extension SealedPath {
  init(_ collection: String, _ key: String, _ steps: String...) {
    self.init(collection: collection, key: key)
    for step in steps { enter(step) }
  }

  mutating func enter(_ step: String) { Array(step.utf8).withUnsafeBytes { enter($0) } }
}

/// Returns the error code with which a decryption fails, or nil if it succeeds.
func envelopeCode(_ decrypt: () throws -> some Any) throws -> EnvelopeError.Code? {
  do {
    _ = try decrypt()
    return nil
  } catch let error as EnvelopeError {
    return error.code
  }
}

/// Returns the error code with which an operation on a key file fails, or nil if it succeeds.
func keyFileCode(_ body: () throws -> some Any) throws -> KeyFileError.Code? {
  do {
    _ = try body()
    return nil
  } catch let error as KeyFileError {
    return error.code
  }
}
