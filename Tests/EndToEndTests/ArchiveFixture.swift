import Foundation
import Support
import Testing

/// Synthetic account archives, which `fixtures/archive/generate.py` writes.
enum ArchiveFixture {
  static let athlete: Int64 = 900_000_021
  static let first: Int64 = 90_000_500_001
  static let fileName = "export_\(athlete).zip"

  /// Writes an archive, a folder, or a set of them.
  ///
  /// - Returns: The path.
  @discardableResult
  static func write(
    _ name: String, in folder: TemporaryFolder, language: String? = "en", since: String? = "2026-04",
    _ options: [String] = []
  ) throws -> String {
    let path = folder.path(name)
    let script = Checkout.root.appending(path: "fixtures/archive/generate.py").path
    let chosen = (language.map { ["--language", $0] } ?? []) + (since.map { ["--since", $0] } ?? [])
    let outcome = try Command(try Checkout.inVenv("python"), [script, path] + chosen + options).run()
    guard outcome.exitCode == 0 else { throw HarnessError("no archive: \(outcome.errors)") }
    return path
  }

  /// Runs a Python program with `zipfile`, `os`, `shutil` and the arguments in `sys.argv`.
  static func python(_ program: String, in folder: TemporaryFolder) throws {
    let outcome = try Command(
      try Checkout.inVenv("python"), ["-c", "import gzip, os, shutil, sys, zipfile\n" + program], directory: folder.path
    ).run()
    guard outcome.exitCode == 0 else { throw HarnessError(outcome.errors) }
  }

  /// The API's records of the same activities as JSON lines. Each has a name of its own.
  static func apiRecords(_ count: Int, rank: Int = 2) -> String {
    (0..<Int64(count)).map { number in
      let id = first + number
      let record =
        rank == 3
        ? SyntheticRecord.detail(id, athlete: athlete, name: "API \(number)")
        : .summary(id, athlete: athlete, name: "API \(number)")
      return record.json
    }.joined(separator: "\n")
  }

  /// A table with the header `Activity ID,Activity Date,` and more labels.
  static func table(_ labels: [String], _ rows: String..., lineEnd: String = "\n") -> String {
    ([(["Activity ID", "Activity Date"] + labels).joined(separator: ",")] + rows).map { $0 + lineEnd }.joined()
  }
}

extension TestStore {
  @discardableResult
  func importing(paths: [String]) throws -> ImportOutcome { try starting(paths).ended() }

  /// The database as far as two imports of the same records and rows must agree.
  func contentWithRows() throws -> [String] {
    try python(
      """
      for collection in ("users", "activities"):
          for found in db[collection].find().sort("_id", 1):
              found = opened(collection, found)
              for name in ("created_at", "updated_at", "last_activity_sync", "source"): found.pop(name, None)
              if "export_row" in found:
                  source = found["export_row"].pop("source")
                  found["export_row"]["digest"] = source["digest"].hex()
              print(sorted(found.items(), key=lambda pair: pair[0]))

      """
    ).split(separator: "\n").map(String.init)
  }
}
