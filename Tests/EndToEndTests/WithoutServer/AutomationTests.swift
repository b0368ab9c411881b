import Foundation
import Support
import Testing

/// The workflows, the action and the container file of the repository. None of them can run here, so they are checked for
/// what can be known without running them.
@Suite(.waiting) struct AutomationTests {
  @Test func theWorkflowsAndTheActionAreWellFormed() throws {
    let script = Checkout.root.appending(path: "Tests/Interop/automation.py").path
    let checked = try Command(try Checkout.inVenv("python"), [script, Checkout.root.path]).run()
    #expect(checked.exitCode == 0, "\(checked.output) \(checked.errors)")
    #expect(checked.output.contains(" scripts"))
  }

  @Test func theImageRunsAsAnOrdinaryUserAndHasTheLibrariesOfThePackage() throws {
    let text = try String(contentsOf: Checkout.root.appending(path: "Containerfile"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    let instructions = Set(lines.compactMap { $0.split(separator: " ").first }.filter { $0.allSatisfy(\.isUppercase) })
    #expect(instructions == ["FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"])
    #expect(lines.last { $0.hasPrefix("USER") } == "USER 65532:65532")
    let last = try #require(lines.lastIndex { $0.hasPrefix("FROM") })
    #expect(lines[last].contains("debian:bookworm-slim"))
    for library in ["libmongoc-1.0-0", "libsodium23", "libssl3", "libarchive13", "zlib1g", "ca-certificates"] {
      #expect(lines[last...].contains { $0.contains(library) }, "\(library)")
    }
  }
}
