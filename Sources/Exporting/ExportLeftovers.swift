import Findings
import Foundation

/// The hidden files and folders that earlier exports to the same path left behind, because they were killed.
enum ExportLeftovers {
  /// - Parameter output: The path of the file or folder that is exported to.
  static func findings(beside output: String) -> [Finding] {
    let target = URL(filePath: output)
    let folder = target.deletingLastPathComponent()
    let pattern = try? Regex(#"\.[0-9A-F]{8}\.partial"#)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let start = ".\(target.lastPathComponent)"
    return names.sorted().filter { name in
      guard name.hasPrefix(start), let pattern else { return false }
      return name.dropFirst(start.count).wholeMatch(of: pattern) != nil
    }.map { name in
      Finding(
        .leftover, "an earlier export that was killed left this behind; if no export is running, delete it",
        file: folder.appending(path: name).path)
    }
  }
}
