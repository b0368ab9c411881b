import Foundation
import FuzzTargets
import Support
import Testing

/// Runs the inputs that the fuzzer has kept: none of them traps or breaks a promise. `make fuzz` looks for more.
@Suite struct CorpusTests {
  private static let folder = Checkout.root.appending(path: "Tests/Fuzz/corpus")

  /// A corpus file has one input a line, in base64. An empty line is the empty input.
  private static func inputs(_ name: String) throws -> [[UInt8]] {
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    return try text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      [UInt8](try #require(Data(base64Encoded: String($0))))
    }
  }

  @Test(arguments: FuzzTarget.allCases)
  func promisesHold(_ target: FuzzTarget) throws {
    let inputs = try Self.inputs("\(target.rawValue).base64")
    #expect(inputs.count > 10)
    try check(inputs, target)
  }

  /// Inputs that once broke a promise.
  @Test func whatWasFoundStaysMended() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: "found").path)
    #expect(!names.isEmpty)
    for name in names {
      let target = try #require(FuzzTarget(rawValue: String(name.prefix { $0 != "." })))
      try check(Self.inputs("found/\(name)"), target)
    }
  }

  private func check(_ inputs: [[UInt8]], _ target: FuzzTarget) throws {
    for input in inputs {
      #expect(throws: Never.self, "\(target): \(Data(input).base64EncodedString())") { try target.run(input) }
    }
  }

  /// `PlainJSON`, which the transcoder is compared with, is itself compared with Python's reader.
  @Test func pythonAcceptsTheSameJSON() throws {
    let texts = try Self.inputs("json.base64")
    let script = Checkout.root.appending(path: "Tests/Interop/json_verdicts.py").path
    let corpus = Self.folder.appending(path: "json.base64").path
    let result = try Command(try Checkout.inVenv("python"), [script, corpus]).run()
    #expect(result.exitCode == 0, "\(result.errors)")
    let verdicts = result.output.split(separator: "\n")
    try #require(verdicts.count == texts.count)
    var accepted = 0
    for (text, verdict) in zip(texts, verdicts) {
      #expect(JSONVerdict.isAccepted(text) == (verdict == "yes"), "\(Data(text).base64EncodedString())")
      accepted += verdict == "yes" ? 1 : 0
    }
    #expect(accepted > 10 && accepted < texts.count)
  }
}
