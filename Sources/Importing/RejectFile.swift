import FieldCrypto
import Findings
import Foundation
import SourceText
import StoreAccess
import Synchronization
import SystemPackage

/// The file for rejected records: one JSON object per line, which contains the sealed bytes of the record
/// (docs/sealing.md).
final class RejectFile: Sendable {
  /// Maximum number of bytes of a kept record. Of a longer one, only position and length are kept: in Base64 it would
  /// be longer than a record that can be read.
  static let longest = 23 << 20
  /// The position after the end of any file.
  private static let longestInput = Int(Int64.max / 2)

  private let descriptor: Int32
  private let envelope: RejectEnvelope
  /// The number of bytes of the complete lines. The lock is held while a line is written.
  private let written = Mutex<off_t>(0)

  /// Returns true if an import that reads this folder or file would also read the reject file.
  static func lies(_ path: String, in read: String) -> Bool {
    guard let folder = resolved(read), let parent = resolved(NSString(string: path).deletingLastPathComponent)
    else { return false }
    return (parent + "/").hasPrefix(folder + "/")
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path.isEmpty ? "." : path, nil) else { return nil }
    defer { free(real) }
    let text = String(cString: real)
    return text == "/" ? "" : text
  }

  /// Creates the file, which must not exist yet. Only its owner can read it.
  init(path: String, key: IndexKey) throws {
    let made = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard made >= 0 else {
      let reason = errno == EEXIST ? "it exists; choose another path" : String(cString: strerror(errno))
      throw StoreFailure("cannot create the reject file \(path): \(reason)")
    }
    descriptor = made
    envelope = RejectEnvelope(key)
  }

  deinit { close(descriptor) }

  func append(_ rejection: Rejection) throws {
    let sealed = rejection.text.flatMap { $0.count <= Self.longest ? Data(envelope.seal($0)) : nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var line = try encoder.encode(Line(rejection, sealed))
    line.append(0x0A)
    try written.withLock { written in
      do {
        try line.withUnsafeBytes(write)
        written += off_t(line.count)
      } catch {
        // A line that does not fit is removed as a whole, so that the lines before it can still be imported.
        ftruncate(descriptor, written)
        throw error
      }
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    do {
      try FileDescriptor(rawValue: descriptor).writeAll(bytes)
    } catch {
      throw StoreFailure("\(error)")
    }
  }

  /// Makes the last lines durable, so that they survive a failure of the machine.
  func sync() throws {
    guard fsync(descriptor) == 0 else { throw StoreFailure(String(cString: strerror(errno))) }
  }

  struct Line: Codable {
    struct Item: Codable {
      var rule: String
      var severity: String
      var message: String
      var line: Int?
      var column: Int?
      var offset: Int?
      var pointer: String?
    }

    static let version = 1

    var version = Self.version
    var file: String?
    var record: Int?
    /// The position of the record in its file. Lines and columns count from 1, and bytes from 0.
    var line: Int?
    var column: Int?
    var offset: Int?
    /// The athlete of the object that contains the record.
    var athlete: Int64?
    /// The number of bytes of the record's text.
    var length: Int
    var findings: [Item]
    var sealed: Data?

    enum CodingKeys: String, CodingKey {
      case version = "strava_store_reject"
      case file, record, line, column, offset, athlete, length, findings, sealed
    }

    init(_ rejection: Rejection, _ sealed: Data?) {
      file = rejection.findings.first?.file
      record = rejection.findings.first?.record
      let start = rejection.origin.position
      (line, column, offset) = (start?.line, start?.column, start?.offset)
      athlete = rejection.owner
      length = rejection.length
      findings = rejection.findings.map {
        Item(
          rule: $0.rule.rawValue, severity: $0.severity.rawValue, message: $0.message, line: $0.position?.line,
          column: $0.position?.column, offset: $0.position?.offset, pointer: $0.pointer)
      }
      self.sealed = sealed
    }
  }

  /// Returns a record from a line of such a file, as a batch with the original file, ordinal and position.
  static func reopen(_ text: UnsafeRawBufferPointer, key: IndexKey) throws -> RecordBatch {
    let line = try JSONDecoder().decode(Line.self, from: Data(text))
    guard line.version == Line.version else {
      throw StoreFailure(
        "the version \(line.version) of this reject is unknown; use the newest version of strava-store")
    }
    // The sealed part does not include these values, so anybody may have changed them, and later code adds to them.
    let numbers = [line.record ?? 1, line.line ?? 1, line.column ?? 1, line.offset ?? 0]
    guard numbers.allSatisfy({ 0...longestInput ~= $0 }) else {
      throw StoreFailure("the position of this reject is invalid")
    }
    guard let sealed = line.sealed else {
      throw StoreFailure(
        "this reject has no content, because the record was too long; import it from its original file")
    }
    let record = try sealed.withUnsafeBytes { try RejectEnvelope(key).decrypt($0) }
    let start = Position(line: line.line ?? 1, column: line.column ?? 1, offset: line.offset ?? 0)
    return record.withUnsafeBytes {
      RecordBatch(file: line.file ?? "-", ordinal: line.record ?? 1, owner: line.athlete, text: $0, at: start)
    }
  }
}
