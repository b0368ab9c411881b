import Findings
import Glibc

/// A selection of the files in a folder, and of the members of an archive, that are read. A file that the user names
/// itself is always read.
///
/// ```
/// let selection = InputSelection(including: ["*.json"], excluding: ["drafts"])
/// ```
public struct InputSelection: Sendable {
  /// The patterns of files that are read, whatever their extension. If there are no patterns, files with the extensions
  /// of dumps are read.
  private let included: [String]
  /// The patterns of files and folders that are not read.
  private let excluded: [String]

  /// Creates a selection from shell patterns. A pattern without a slash matches a name at any depth.
  public init(including included: [String] = [], excluding excluded: [String] = []) {
    self.included = included
    self.excluded = excluded
  }

  /// The reason that a file or a folder is skipped.
  enum Reason: Hashable {
    /// The file does not have an extension of dumps.
    case ending(String)
    case hidden
    case excluded
    case notIncluded
    /// It is, or is in, the folder with this name of a package manager or a virtual environment.
    case tools(String)
    /// The file with this name in an account archive contains secrets, a home address, or data of other people.
    case personal(String)
    /// The file with this name is a table of an account archive that is not stored.
    case table(String)
  }

  /// Returns the reason that a file is not read; nil if it is read.
  ///
  /// - Parameter path: the path inside the folder or archive.
  func objection(toFile path: [UInt8]) -> Reason? {
    let parts = path.split(separator: UInt8(ascii: "/"))
    guard let last = parts.last else { return .hidden }
    if InputName.isHidden(path) { return .hidden }
    if let tools = parts.dropLast().first(where: { $0.elementsEqual(Self.packages.utf8) }) {
      return .tools(String(decoding: tools, as: UTF8.self))
    }
    if Self.matches(excluded, path) { return .excluded }
    if AccountArchiveFiles.arePersonal(last) { return .personal(AccountArchiveFiles.lowercased(last)) }
    if !included.isEmpty { return Self.matches(included, path) ? nil : .notIncluded }
    guard InputName(path) == .other else { return nil }
    return AccountArchiveFiles.hold(last)
      ? .table(AccountArchiveFiles.lowercased(last)) : .ending(InputName.ending(of: last))
  }

  /// Returns the reason that a folder is not entered; nil if it is entered.
  ///
  /// - Parameters:
  ///   - path: the path inside the folder that was named.
  ///   - holds: returns whether the folder contains a file with this name.
  func objection(toFolder path: [UInt8], holds: (String) -> Bool) -> Reason? {
    guard let last = path.split(separator: UInt8(ascii: "/")).last else { return nil }
    let name = String(decoding: last, as: UTF8.self)
    if InputName.isHidden(last) || name == Self.packages { return .tools(name) }
    if Self.matches(excluded, path) { return .excluded }
    return holds("pyvenv.cfg") ? .tools(name) : nil
  }

  private static let packages = "node_modules"

  private static func matches(_ patterns: [String], _ path: [UInt8]) -> Bool {
    guard !patterns.isEmpty else { return false }
    return patterns.contains { pattern in
      if pattern.contains("/") {
        return match(pattern.hasPrefix("./") ? String(pattern.dropFirst(2)) : pattern, path[...])
      }
      return path.split(separator: UInt8(ascii: "/")).contains { match(pattern, $0) }
    }
  }

  private static func match(_ pattern: String, _ text: ArraySlice<UInt8>) -> Bool {
    Array(text).withCPath { fnmatch(pattern, $0, 0) == 0 }
  }
}

/// The files and folders that were skipped in a folder or an archive, counted by their extension or by another reason.
struct PassedOver {
  private var files: [String: Int] = [:]
  private var folders: [String: Int] = [:]
  /// The files of account archives that are not stored, by their names.
  private var tables: [String: Int] = [:]

  /// The maximum number of kinds that are listed. The others are counted together.
  private static let most = 20

  var isEmpty: Bool { files.isEmpty && folders.isEmpty && tables.isEmpty }

  mutating func add(file reason: InputSelection.Reason) {
    switch reason {
    case .personal(let name), .table(let name): tables[name, default: 0] += 1
    default: files[Self.label(reason), default: 0] += 1
    }
  }
  mutating func add(folder reason: InputSelection.Reason) { folders[Self.label(reason), default: 0] += 1 }

  private static func label(_ reason: InputSelection.Reason) -> String {
    switch reason {
    case .ending(let ending): ending
    case .hidden: "hidden"
    case .excluded: "excluded"
    case .notIncluded: "not included"
    case .tools(let name), .personal(let name), .table(let name): name
    }
  }

  /// The counts in one line, such as `3 files skipped, not looked at: .gpx 1, .txt 2`.
  var description: String {
    [list(files, "file", "skipped, not looked at"), list(folders, "folder", "skipped"), listOfTables].compactMap { $0 }
      .joined(separator: "; ")
  }

  private var listOfTables: String? {
    guard !tables.isEmpty else { return nil }
    let names = tables.sorted { $0.key < $1.key }.map { $1 == 1 ? $0 : "\($0) (\($1) times)" }
    return "not stored of the account archive: " + names.joined(separator: ", ")
  }

  private func list(_ counts: [String: Int], _ noun: String, _ what: String) -> String? {
    guard !counts.isEmpty else { return nil }
    let total = counts.values.reduce(0, +)
    let most = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.most)
    var parts = most.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let rest = most.reduce(total) { $0 - $1.value }
    if rest > 0 { parts.append("other \(rest)") }
    return "\(total) \(noun)\(total == 1 ? "" : "s") \(what): \(parts.joined(separator: ", "))"
  }

  /// Returns the finding that reports the counts; nil if nothing was skipped.
  func finding(_ name: String) -> Finding? {
    if isEmpty { return nil }
    let hint = files.isEmpty && folders.isEmpty ? "" : "; to read a skipped one, pass its path or use --include"
    return Finding(.notLookedAt, description + hint, file: name)
  }

  /// The counts in parentheses, for the message that there was nothing to read.
  var suffix: String { isEmpty ? "" : " (\(description))" }
}
