import Foundation
import Support
import Testing

/// The examples of docs/ci.md, run as the services would run them; see Tests/Interop/ci_examples.py.
@Suite(.waitingLong) struct ContinuousIntegrationTests {
  struct Report: Decodable {
    struct Workflow: Decodable {
      let steps: [String: Int]
      let annotations: [String]
      let summary: String
      let sarif: [String]
      let junit: [String: [String]]
    }
    struct Commit: Decodable {
      let exitCode: Int
      let output: String

      enum CodingKeys: String, CodingKey {
        case output
        case exitCode = "exit_code"
      }
    }
    struct Hook: Decodable {
      let good: Commit
      let other: Commit
      let bad: Commit
      let commits: [String]
    }
    let workflow: [String: Workflow]
    let named: Hook
    let local: Hook
  }

  @Test func theExamplesOfTheManualWork() throws {
    let folder = try TemporaryFolder()
    let script = Checkout.root.appending(path: "Tests/Interop/ci_examples.py").path
    let ran = try Command(
      Checkout.inVenv("python"), [script, StravaStore.path, Checkout.root.path, folder.path("work")]
    ).run()
    #expect(ran.exitCode == 0, "\(ran.errors)")
    let result = try JSONDecoder().decode(Report.self, from: Data(ran.standardOutput))

    let good = try #require(result.workflow["good"])
    #expect(good.steps == ["Build": 0, "Install": 0, "Reports": 0, "Check": 0])
    #expect(good.annotations == [])
    #expect(good.summary == "## strava-store validate: passed")
    #expect(good.sarif == [])
    #expect(good.junit == ["fixtures/a.json": []])

    // All reports exist, and only the last step fails.
    let bad = try #require(result.workflow["bad"])
    #expect(bad.steps == ["Build": 0, "Install": 0, "Reports": 0, "Check": 1])
    #expect(bad.annotations.count == 1)
    #expect(bad.annotations.first?.hasPrefix("::error file=fixtures/b%2C c.json,line=") == true)
    #expect(bad.summary == "## strava-store validate: failed")
    #expect(bad.sarif == ["fixtures/b%2C%20c.json"])
    #expect(bad.junit == ["fixtures/a.json": [], "fixtures/b, c.json": ["failure"]])

    let unreadable = try #require(result.workflow["unreadable"])
    #expect(unreadable.steps == ["Build": 0, "Install": 0, "Reports": 0, "Check": 2])
    #expect(unreadable.summary == "## strava-store validate: not completed")
    #expect(unreadable.junit["fixtures/gone.json"] == ["error"])

    for hook in [result.named, result.local] {
      #expect(hook.good.exitCode == 0, "\(hook.good.output)")
      #expect(hook.good.output.contains("Passed"))
      #expect(hook.other.exitCode == 0, "\(hook.other.output)")
      #expect(hook.other.output.contains("Skipped"))
      #expect(hook.bad.exitCode == 1, "\(hook.bad.output)")
      #expect(hook.bad.output.contains("fixtures/bad.json:"))
      #expect(hook.bad.output.contains("[SS032]"))
      // The newest commit is first; the invalid file was not committed.
      #expect(hook.commits == ["package.json", "fixtures/good.json"])
    }
  }
}
