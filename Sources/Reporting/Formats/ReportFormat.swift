import Findings
import Foundation

/// The output formats of findings.
public enum ReportFormat: String, CaseIterable, Sendable {
  case text, json, jsonl, github, sarif, junit, markdown

  /// The default limit for the findings of each severity that are written. All findings are counted.
  public var usualLimit: Int {
    switch self {
    case .text, .markdown: 100
    case .github: GitHubReport.mostAnnotations
    case .junit: 1000
    // GitHub code scanning rejects files with more than 25,000 results, and shows at most 5,000.
    case .sarif: 5000
    case .json, .jsonl: .max
    }
  }

  /// Returns a report in this format; nil for text, which is printed finding by finding.
  ///
  /// - Parameters:
  ///   - limit: maximum number of findings of each severity that are written.
  ///   - failLevel: the lowest severity that makes a check fail.
  ///   - version: the version of this program.
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

/// The names of inputs in reports: paths relative to the current directory, which is the checkout in CI.
struct ReportPaths {
  private let folder: String

  init(folder: String) { self.folder = folder.hasSuffix("/") ? folder : folder + "/" }

  /// Returns the path relative to the folder if it is an absolute path inside the folder; otherwise returns it
  /// unchanged.
  func relative(_ file: String) -> String {
    var path = Substring(file)
    if path.hasPrefix(folder) { path = path.dropFirst(folder.count) }
    while path.hasPrefix("./") { path = path.dropFirst(2) }
    return String(path)
  }

  /// Returns the relative path as a URI reference (RFC 3986). Standard input has no path, so `-` is unchanged.
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
