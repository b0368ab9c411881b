import Findings
import Foundation
import SourceText
import Support

/// A folder of fixtures that exists as long as the value.
final class FixtureFolder {
  let path: String

  init(_ script: String = "") throws {
    path = NSTemporaryDirectory() + "/inputs-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    if !script.isEmpty { try python(script) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Runs a Python script in the folder, with the modules that write archives imported.
  func python(_ script: String) throws {
    let outcome = try start(script).wait()
    guard outcome.exitCode == 0 else { throw HarnessError("the script failed: \(outcome.errors)") }
  }

  func start(_ script: String) throws -> RunningCommand {
    let imports = "import base64,bz2,gzip,io,lzma,os,socket,tarfile,zipfile\n"
    return try Command("/usr/bin/env", ["python3", "-c", imports + script], directory: path).start()
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }

  /// Reads everything in the folder, or only the named files.
  func read(_ names: String..., buffer: Int = 1 << 16) -> Reading {
    Reading(names.isEmpty ? [path] : names.map { path + "/" + $0 }, below: path, buffer: buffer)
  }
}

/// The result of reading a folder, with the folder's path removed from all names.
struct Reading {
  var names: [String] = []
  var contents: [[UInt8]] = []
  var findings: [Finding] = []

  init(_ paths: [String], below folder: String, buffer size: Int) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    var names: [String] = []
    var contents: [[UInt8]] = []
    var findings: [Finding] = []
    let short = { (name: String) in name == folder ? "." : String(name.dropFirst(folder.count + 1)) }
    InputSet(paths: paths).forEachSource {
      var finding = $0
      finding.file = finding.file.map(short)
      findings.append(finding)
    } body: { source in
      var content: [UInt8] = []
      while true {
        let count = source.read(into: buffer)
        if count == 0 { break }
        content += buffer[..<count]
      }
      names.append(short(source.name))
      contents.append(content)
      return true
    }
    self.names = names
    self.contents = contents
    self.findings = findings
  }

  var texts: [String] { contents.map { String(decoding: $0, as: UTF8.self) } }
  var rules: [Rule] { findings.map(\.rule) }
  var hasError: Bool { findings.contains { $0.severity == .error } }
}
