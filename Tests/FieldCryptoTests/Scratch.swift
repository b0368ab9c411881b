import FieldCrypto
import Foundation

/// A temporary directory that is removed when the test ends.
final class Scratch {
  let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("field-crypto-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func path(_ name: String) -> String { directory + "/" + name }

  func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
    let path = path(name)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory) }
}

/// A key file with known keys: the index key is bytes 0 to 31, the master key bytes 32 to 63.
enum Known {
  static let masterID = "6f9619ff-8b86-4011-b42d-00cf4fc964ff"
  static let master = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
  static let indexKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  static let text = """
    {"version": 1, "active": "\(masterID)", "masters": {"\(masterID)": "\(master)"}, "index_key": "\(indexKey)"}
    """

  static func keyFile() throws -> KeyFile {
    let scratch = try Scratch()
    return try KeyFile.load(at: scratch.write(text, to: "keys"))
  }
}

extension Digest256 {
  var hex: String { withUnsafeBytes { $0.map { String(format: "%02x", $0) }.joined() } }
}

extension KeyedHash {
  func digest(_ text: String) -> Digest256 { Array(text.utf8).withUnsafeBytes { digest($0) } }
}
