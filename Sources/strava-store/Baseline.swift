import ArgumentParser
import Findings
import Foundation
import Reporting
import Synchronization

/// The findings of a check that were known before, as a file (`--baseline`). A finding is known by its rule, its file, the
/// id of its record, and its place in the record. Lines are not part of it, because every edit moves them.
struct Baseline: Codable {
  struct Entry: Codable, Hashable {
    let rule: String
    /// The path from the current directory.
    let file: String?
    let document: String?
    /// Strava's id of the record; nil if it has none.
    let record: Int64?
    let pointer: String?

    init(_ finding: Finding) {
      rule = finding.rule.rawValue
      file = finding.file.map(Self.relative)
      document = finding.document
      record = finding.subject?.id
      pointer = finding.subject?.pointer ?? finding.pointer
    }

    private static func relative(_ file: String) -> String {
      var path = Substring(file)
      let folder = FileManager.default.currentDirectoryPath
      let prefix = folder.hasSuffix("/") ? folder : folder + "/"
      if path.hasPrefix(prefix) { path = path.dropFirst(prefix.count) }
      while path.hasPrefix("./") { path = path.dropFirst(2) }
      return String(path)
    }

    var text: String {
      let place = [file ?? document, record.map { "record \($0)" }, pointer.flatMap { $0.isEmpty ? nil : $0 }]
      return "\(rule) in \(place.compactMap(\.self).joined(separator: ", "))"
    }
  }

  private struct Counted: Codable {
    let entry: Entry
    let count: Int

    init(_ entry: Entry, _ count: Int) { (self.entry, self.count) = (entry, count) }

    enum CodingKeys: String, CodingKey { case count }

    init(from decoder: any Decoder) throws {
      entry = try Entry(from: decoder)
      count = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Int.self, forKey: .count) ?? 1
    }

    func encode(to encoder: any Encoder) throws {
      try entry.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      if count > 1 { try container.encode(count, forKey: .count) }
    }
  }

  private static let version = 1
  private let version: Int
  private let findings: [Counted]

  init(_ counts: [Entry: Int]) {
    version = Self.version
    findings = counts.sorted { $0.key.text < $1.key.text }.map { Counted($0.key, $0.value) }
  }

  var counts: [Entry: Int] { Dictionary(findings.map { ($0.entry, $0.count) }, uniquingKeysWith: +) }

  /// - Throws: The exit code.
  static func read(_ path: String, _ console: Console) throws -> [Entry: Int] {
    do {
      let baseline = try JSONDecoder().decode(Baseline.self, from: Data(contentsOf: URL(filePath: path)))
      guard baseline.version == version else { throw CocoaError(.coderReadCorrupt) }
      return baseline.counts
    } catch {
      let reason = error is CocoaError ? "it cannot be opened, or is not JSON of version 1" : "it is not a baseline"
      console.print(
        "error: cannot read the baseline \(path): \(reason); run the command with --write-baseline to write it")
      throw ExitCode.environment
    }
  }

  /// Writes the file, one finding in each line, so that its changes can be reviewed.
  ///
  /// - Throws: The exit code.
  func write(to path: String, _ console: Console) throws {
    let lines = findings.map { "    " + jsonLine($0) }.joined(separator: ",\n")
    let text = "{\n  \"version\": \(version),\n  \"findings\": [" + (lines.isEmpty ? "]" : "\n\(lines)\n  ]") + "\n}\n"
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      console.print("error: cannot write the baseline \(path): \(error.localizedDescription)")
      throw ExitCode.environment
    }
  }
}

/// The comparison of a check's findings with a baseline.
final class BaselineCheck: Sendable {
  private struct State {
    var left: [Baseline.Entry: Int]
    var found: [Baseline.Entry: Int] = [:]
    var known: [Severity: [Rule: Int]] = [:]
  }

  /// Maximum number of stale entries in the summary.
  private static let mostStale = 20

  private let path: String
  private let writes: Bool
  private let state: Mutex<State>

  /// - Parameter writes: True to write the file instead of reading it.
  /// - Throws: The exit code, if the file cannot be read.
  init(_ path: String, writes: Bool, _ console: Console) throws {
    self.path = path
    self.writes = writes
    state = Mutex(State(left: writes ? [:] : try Baseline.read(path, console)))
  }

  /// Takes a finding of the check.
  ///
  /// - Returns: True if it is known, so that it is neither shown nor counted.
  func knows(_ finding: Finding) -> Bool {
    // Notes never fail a check with its usual level, and an input that cannot be read was not checked.
    guard finding.severity != .note, !finding.rule.isEnvironment else { return false }
    let entry = Baseline.Entry(finding)
    return state.withLock { state in
      state.found[entry, default: 0] += 1
      if !writes {
        guard let left = state.left[entry], left > 0 else { return false }
        state.left[entry] = left - 1
      }
      state.known[finding.severity, default: [:]][finding.rule, default: 0] += 1
      return true
    }
  }

  /// The numbers of known findings by severity and rule.
  var known: [Severity: [Rule: Int]] { state.withLock { $0.known } }

  /// The number of known findings that no longer occur.
  var stale: Int { state.withLock { $0.left.values.reduce(0, +) } }

  /// Writes the baseline, or reports what is stale, at the end of a complete check.
  ///
  /// - Throws: The exit code, if the file cannot be written.
  func finish(_ console: Console) throws {
    let state = state.withLock { $0 }
    if writes {
      try Baseline(state.found).write(to: path, console)
      return console.print("wrote the baseline \(path): \(counted(state.found.values.reduce(0, +), "finding"))")
    }
    let known = state.known.values.flatMap(\.values).reduce(0, +)
    console.print(
      "baseline \(path): \(counted(known, "known finding")), \(counted(stale, "stale entry", "stale entries"))")
    let stale = state.left.filter { $0.value > 0 }.sorted { $0.key.text < $1.key.text }
    for (entry, count) in stale.prefix(Self.mostStale) {
      console.print("stale: \(entry.text)\(count > 1 ? " (\(count) times)" : "")")
    }
    if stale.count > Self.mostStale { console.print("stale: \(stale.count - Self.mostStale) more") }
    if !stale.isEmpty { console.print("run the command with --write-baseline to remove stale entries") }
  }
}
