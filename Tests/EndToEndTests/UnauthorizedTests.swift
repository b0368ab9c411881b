import Foundation
import Support
import Testing

/// The message about a missing right comes from the program itself, because a server does not name the action, and its
/// message contains the command with its values.
@Suite(.waiting) struct UnauthorizedTests {
  /// The codes of Unauthorized and of Atlas.
  @Test(arguments: ["13", "8000"], ["insert:activities:1", "find:users:1", "createIndexes:activities:1"])
  func namesCommandTargetActionAndSection(_ code: String, _ target: String) throws {
    let store = try TestStore()
    let proxy = try LossyProxy(to: TestServer.shared, losing: ["fail+\(code)@\(target)"])
    let done = try store.importing(SyntheticDump.summaries(4, athletes: 2), uri: proxy.uri)
    #expect(done.exitCode == 2)
    let parts = target.split(separator: ":").map(String.init)
    let action = ["createIndexes": "createIndex"][parts[0]] ?? parts[0]
    let failure = try #require(done.summary.failure)
    let what = "to run \(parts[0]) on the collection \(store.database.name).\(parts[1])"
    for text in [what, "the action \(action)", "docs/access.md, section “import”"] {
      #expect(failure.contains(text), "\(failure)")
    }
  }

  /// The sections that messages name exist.
  @Test func theSectionsExist() throws {
    let page = try String(contentsOf: Checkout.root.appending(path: "docs/access.md"), encoding: .utf8)
    let role = try String(
      contentsOf: Checkout.root.appending(path: "Sources/StoreAccess/AccessRole.swift"), encoding: .utf8)
    let names = role.matches(of: /case `?(\w+)`?(?: = "(.+)")?\n/).map { String($0.2 ?? $0.1) }
    #expect(names.count == 12)
    for name in names { #expect(page.contains("\n### \(name)\n"), "\(name)") }
  }
}
