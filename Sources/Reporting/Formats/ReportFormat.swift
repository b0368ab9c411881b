import Findings
import Foundation

/// The formats of findings.
public enum ReportFormat: String, CaseIterable, Sendable {
  case text, json, jsonl, github, sarif, junit, markdown

  /// Findings of each severity that are written by default; all are counted.
  public var usualLimit: Int {
    switch self {
    case .text, .markdown: 100
    case .github: GitHubReport.mostAnnotations
    case .junit: 1000
    // Code scanning refuses files of more than 25,000 results, and shows 5,000.
    case .sarif: 5000
    case .json, .jsonl: .max
    }
  }

  /// - Parameters:
  ///   - limit: findings of each severity to be written.
  ///   - failLevel: what makes a check fail.
  ///   - version: of this program.
  /// - Returns: nil for text, which people read as it comes.
  public func report(limit: Int, failLevel: Severity, version: String) -> (any FindingReport)? {
    let paths = ReportPaths(folder: FileManager.default.currentDirectoryPath)
    return switch self {
    case .text: nil
    case .json: JSONReport(limit)
    case .jsonl: JSONLinesReport(limit)
    case .github: GitHubReport(limit, paths)
    case .sarif: SARIFReport(limit, paths, version)
    case .junit: JUnitReport(limit, failLevel)
    case .markdown: MarkdownReport(limit)
    }
  }
}

/// Inputs as a service knows them: from the folder that the check runs in, which is the checkout there.
struct ReportPaths {
  private let folder: String

  init(folder: String) { self.folder = folder.hasSuffix("/") ? folder : folder + "/" }

  /// A path that is absolute and inside the folder becomes a relative one; others stay.
  func relative(_ file: String) -> String {
    var path = Substring(file)
    if path.hasPrefix(folder) { path = path.dropFirst(folder.count) }
    while path.hasPrefix("./") { path = path.dropFirst(2) }
    return String(path)
  }

  /// The same as a URI reference (RFC 3986); standard input has no name, so `-` stays.
  func uri(_ file: String) -> String {
    let path = relative(file)
    let escaped = path.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        String(UnicodeScalar(byte))
      default: String(format: "%%%02X", byte)
      }
    }.joined()
    return path.hasPrefix("/") ? "file://" + escaped : escaped
  }
}
