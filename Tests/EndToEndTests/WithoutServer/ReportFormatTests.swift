import Foundation
import Support
import Testing

/// Other programs read the output of `validate --format …`.
@Suite(.waiting) struct ReportFormatTests {
  struct Report: Decodable {
    struct JSON: Decodable {
      let findings: [String: Int]
      let errors: Int
      let inputs: Int
    }
    struct GitHub: Decodable {
      let annotations: [String: Int]
      let left: [String]
    }
    struct SARIF: Decodable {
      let levels: [String: Int]
      let helped: Bool
      let successful: Bool
    }
    struct Markdown: Decodable {
      let tables: Int
      let heading: String
    }
    let json: JSON
    let github: GitHub
    let sarif: SARIF
    let junit: [String: [String]]
    let markdown: Markdown
  }

  /// Tests/Interop/report_formats.py reads each format with its own schema or parser. Three runs give the same bytes,
  /// and every position leads to its value.
  @Test func eachFormatPassesItsOwnReader() throws {
    let folder = try TemporaryFolder()
    let script = Checkout.root.appending(path: "Tests/Interop/report_formats.py").path
    let program = Checkout.products.appending(path: "strava-store").path
    let ran = try Command(
      Checkout.inVenv("python"), [script, program, folder.path("work")]
    ).run()
    #expect(ran.exitCode == 0, "\(ran.errors)")
    let result = try JSONDecoder().decode(Report.self, from: Data(ran.standardOutput))
    let findings = ["error": 15, "warning": 12, "note": 12]
    #expect(result.json.findings == findings)
    #expect(result.json.errors == 15)
    #expect(result.json.inputs == 4)
    #expect(result.github.annotations == ["error": 10, "warning": 10, "notice": 10])
    #expect(
      result.github.left == [
        "6 more errors; the summary counts all of them", "3 more warnings; the summary counts all of them",
        "3 more notes; the summary counts all of them",
      ])
    #expect(result.sarif.levels == findings)
    #expect(result.sarif.helped)
    #expect(!result.sarif.successful)
    #expect(result.junit.count == 5)
    #expect(result.junit["dump/good.json"] == [])
    #expect(result.junit["dump/all.zip/inside/one.json"] == ["Failure"])
    #expect(result.junit["dump/all.zip/inside/two.json"] == [])
    #expect(result.junit["missing.json"] == ["Error"])
    #expect(result.markdown.tables == 2)
    #expect(result.markdown.heading == "strava-store validate: not completed")
  }

  @Test func whatHasNoFindingsIsAReportToo() throws {
    let file = Checkout.root.appending(path: "fixtures/valid/activities/summary.json").path
    for format in ["json", "jsonl", "github", "sarif", "junit", "markdown"] {
      let result = try StravaStore.run(["validate", "--format", format, file])
      #expect(result.exitCode == 0)
      #expect(result.output.isEmpty == ["jsonl", "github"].contains(format), "\(format)")
      if format == "json" || format == "sarif" {
        _ = try JSONSerialization.jsonObject(with: Data(result.standardOutput))
      }
    }
  }

  @Test func theNumberWrittenCanBeLimited() throws {
    let folder = try TemporaryFolder()
    let records = (1...5).map { SyntheticRecord.summary($0).with("distance", "-1").with("extra\($0)", "1") }
    let file = try folder.write(records.lines, to: "dump.ndjson")
    let lines = try StravaStore.run(["validate", "--format", "jsonl", "--max-findings", "2", file])
    #expect(lines.output.split(separator: "\n").count == 4)
    #expect(lines.errors.contains("5 errors, 0 warnings, 5 notes"))
    let object = try StravaStore.run(["validate", "--format", "json", "--max-findings", "2", file])
    struct Report: Decodable { let unwritten: Int }
    #expect(try JSONDecoder().decode(Report.self, from: Data(object.standardOutput)).unwritten == 6)
    let text = try StravaStore.run(["validate", "--max-findings", "2", file])
    #expect(text.errors.split(separator: "\n").compactMap(ShownFinding.init).count == 4)
    #expect(text.errors.contains("more errors follow; they are counted but not shown"))
  }

  /// Standard error is a terminal here.
  @Test func coloursAreForTerminalsWhoseOwnerWantsThem() throws {
    let program = Checkout.products.appending(path: "strava-store").path
    let file = Checkout.root.appending(path: "fixtures/invalid/negative-distance.json").path
    let script = """
      import os, pty, sys
      pid, terminal = pty.fork()
      if pid == 0:
          os.execv(sys.argv[1], sys.argv[1:])
      result = b""
      try:
          while piece := os.read(terminal, 65536):
              result += piece
      except OSError:
          pass
      os.waitpid(pid, 0)
      sys.stdout.write("colour" if b"\\x1b[1;31merror:" in result else "plain" if b"error:" in result else "nothing")
      """
    func seen(_ environment: [String: String]) throws -> String {
      try Command(
        Checkout.inVenv("python"), ["-c", script, program, "validate", file],
        environment: ["TERM": "xterm"].merging(environment) { $1 }
      ).run().output
    }
    #expect(try seen([:]) == "colour")
    #expect(try seen(["NO_COLOR": "1"]) == "plain")
    #expect(try seen(["TERM": "dumb"]) == "plain")
    let piped = try StravaStore.run(["validate", file])
    #expect(!piped.errors.contains("\u{1B}"))
  }

  @Test func outputThatCannotBeWrittenIsAFailure() throws {
    let program = Checkout.products.appending(path: "strava-store").path
    let file = Checkout.root.appending(path: "fixtures/invalid/negative-distance.json").path
    let ran = try Command(
      "/bin/sh", ["-c", "\"$0\" validate --format sarif \"$1\" >/dev/full", program, file]
    ).run()
    #expect(ran.exitCode == 2)
    #expect(ran.errors.contains("cannot write to standard output"))
  }
}
