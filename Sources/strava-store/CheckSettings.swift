import ArgumentParser
import Findings
import Foundation
import Reporting
import Yams

/// The settings of `validate` in a file of the repository, `.strava-store.yml`.
///
/// ```yaml
/// rules:
///   SS044: off
/// per-path:
///   "fixtures/old/*":
///     SS043: warning
/// exclude: [drafts, "*.bak.json"]
/// ```
///
/// The file can change nothing else: no server, no key file, and no other command.
struct CheckSettings {
  static let fileName = ".strava-store.yml"

  private(set) var rules: [(rule: Rule, level: RuleSettings.Level)] = []
  private(set) var perPath: [RuleSettings.PathLevels] = []
  private(set) var exclude: [String] = []

  /// A mistake in the file, with its line.
  private struct Mistake: Error {
    let line: Int?
    let problem: String

    init(_ node: Node, _ problem: String) { (line, self.problem) = (node.mark?.line, problem) }
  }

  /// Reads the given file, or the one that applies to the current directory.
  ///
  /// - Returns: Nil if there is none.
  /// - Throws: The exit code, if the file cannot be read or contains a mistake.
  static func read(_ path: String?, _ console: Console) throws -> CheckSettings? {
    guard let path = path ?? found else { return nil }
    do {
      let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
      return try CheckSettings(text, folder: URL(filePath: path).deletingLastPathComponent().path)
    } catch let mistake as Mistake {
      console.print("error: \(path)\(mistake.line.map { ":\($0)" } ?? ""): \(mistake.problem)")
    } catch let error as YamlError {
      console.print("error: \(path): it is not YAML: \(error)")
    } catch {
      console.print("error: cannot read \(path): \(error.localizedDescription)")
    }
    throw ExitCode.environment
  }

  /// The file in the current directory or the nearest one above it, up to the root of the Git repository. Outside of a
  /// repository, only the current directory counts, because a folder above it may belong to another person.
  private static var found: String? {
    var folder = URL(filePath: FileManager.default.currentDirectoryPath)
    var candidates: [String] = []
    while true {
      candidates.append(folder.appending(path: fileName).path)
      if FileManager.default.fileExists(atPath: folder.appending(path: ".git").path) { break }
      let parent = folder.deletingLastPathComponent()
      if parent.path == folder.path {
        candidates = Array(candidates.prefix(1))
        break
      }
      folder = parent
    }
    return candidates.first { FileManager.default.fileExists(atPath: $0) }
  }

  /// - Parameter folder: The folder of the file, which the patterns of paths start from.
  private init(_ text: String, folder: String) throws {
    guard let root = try Yams.compose(yaml: text) else { return }
    for (key, value) in try Self.members(root, "the file") {
      switch key.scalar?.string {
      case "rules": rules = try Self.levels(value)
      case "per-path":
        for (pattern, levels) in try Self.members(value, "per-path") {
          perPath.append(
            RuleSettings.PathLevels(pattern: try Self.text(pattern), folder: folder, levels: try Self.levels(levels)))
        }
      case "exclude":
        guard let sequence = value.sequence else { throw Mistake(value, "exclude must be a list of patterns") }
        exclude = try sequence.map(Self.text)
      default:
        throw Mistake(key, "unknown key '\(key.scalar?.string ?? "")'; the keys are rules, per-path and exclude")
      }
    }
  }

  private static func members(_ node: Node, _ name: String) throws -> [(key: Node, value: Node)] {
    guard let mapping = node.mapping else { throw Mistake(node, "\(name) must be a mapping") }
    return mapping.map { ($0.key, $0.value) }
  }

  private static func text(_ node: Node) throws -> String {
    guard let text = node.scalar?.string, !text.isEmpty else { throw Mistake(node, "a pattern must be a text") }
    return text
  }

  private static func levels(_ node: Node) throws -> [(rule: Rule, level: RuleSettings.Level)] {
    try members(node, "the rules").map { key, value in
      guard let rule = key.scalar.flatMap({ Rule(rawValue: $0.string) }) else {
        throw Mistake(
          key, "unknown rule '\(key.scalar?.string ?? "")'; `strava-store validate --explain all` lists the rules")
      }
      guard rule.canBeSet else { throw Mistake(key, "the severity of \(rule.rawValue) cannot be changed") }
      guard let level = value.scalar.flatMap({ RuleSettings.Level(rawValue: $0.string) }) else {
        let levels = RuleSettings.Level.allCases.map(\.rawValue).joined(separator: ", ")
        throw Mistake(value, "the severity of \(rule.rawValue) must be one of \(levels)")
      }
      return (rule, level)
    }
  }
}
