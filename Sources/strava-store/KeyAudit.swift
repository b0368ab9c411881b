import ArgumentParser
import Foundation
import Reporting
import StoreAccess
import SystemPackage

/// The file to which a command appends one line about its use of keys.
struct KeyAudit: Sendable {
  /// Maximum number of ids in each list of a line.
  private static let mostIDs = 1000

  let use = KeyUse()
  private let command: String
  private let path: String
  private let file: FileDescriptor
  private let began = Date()

  /// Opens the file, and creates it with mode 0600 if it does not exist.
  ///
  /// - Throws: The exit code, if the file cannot be written: the command must not begin then.
  init(_ path: String, _ command: String, _ console: Console) throws {
    self.path = path
    self.command = command
    do {
      file = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.append, .create, .noFollow, .closeOnExec],
        permissions: [.ownerRead, .ownerWrite])
    } catch {
      console.print("error: cannot open the audit file \(path): \(error)")
      throw ExitCode.environment
    }
  }

  /// Appends the line, if the key file was read.
  ///
  /// - Throws: The exit code, if the line cannot be written.
  func write(_ exitCode: Int32, _ console: Console) throws {
    let record = use.record
    guard record.hasKeys else { return }
    let line = Line(
      time: date(began), seconds: Date().timeIntervalSince(began), user: NSUserName(), uid: getuid(),
      host: ProcessInfo.processInfo.hostName, pid: getpid(), command: command, database: record.database,
      indexKey: record.indexKey, masterKeys: Self.first(record.masterIDs), dataKeys: Self.first(record.dataKeyIDs),
      dataKeyCount: record.dataKeyIDs.count, valuesDecrypted: record.values,
      destroyedKeys: Self.first(record.destroyedIDs),
      destroyedKeyCount: record.destroyedCount, exitCode: exitCode)
    do {
      // One write, so that lines of several commands do not mix.
      try file.writeAll(Array((jsonLine(line) + "\n").utf8))
      guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      console.print("error: cannot write the audit file \(path): \(error)")
      throw ExitCode.environment
    }
  }

  private static func first(_ ids: [String]) -> [String] { Array(ids.prefix(mostIDs)) }

  private func date(_ date: Date) -> String { date.formatted(.iso8601) }

  private struct Line: Encodable {
    let time: String
    let seconds: Double
    let user: String
    let uid: UInt32
    let host: String
    let pid: Int32
    let command: String
    let database: String
    let indexKey: String
    let masterKeys: [String]
    let dataKeys: [String]
    let dataKeyCount: Int
    let valuesDecrypted: Int
    let destroyedKeys: [String]
    let destroyedKeyCount: Int
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case time, seconds, user, uid, host, pid, command, database
      case indexKey = "index_key"
      case masterKeys = "master_keys"
      case dataKeys = "data_keys"
      case dataKeyCount = "data_key_count"
      case valuesDecrypted = "values_decrypted"
      case destroyedKeys = "destroyed_keys"
      case destroyedKeyCount = "destroyed_key_count"
      case exitCode = "exit_code"
    }
  }
}
