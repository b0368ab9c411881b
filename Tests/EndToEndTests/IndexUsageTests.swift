import Foundation
import Support
import Testing

/// `index --check` names indexes that cost more than they give.
@Suite(.waiting) struct IndexUsageTests {
  private struct Printed: Decodable {
    let findings: [String: Int]
  }

  private let store: TestStore

  init() throws {
    store = try TestStore()
    try store.importing([.athlete(), .summary(91_000_000_001)])
    let made = try index()
    #expect(made.exitCode == 0, "\(made.errors)")
  }

  private func index(_ arguments: String..., uri: String? = nil) throws -> Outcome {
    try StravaStore.run(
      ["index", "--db", store.database.name] + arguments, environment: ["MONGODB_URI": uri ?? store.database.uri])
  }

  @Test func unusedIndexesAreNamedWithTheTimeSinceWhenUsesAreCounted() throws {
    try store.python("db.users.create_index('own', name='own_1')")
    let proxy = try LossyProxy(to: TestServer.shared, losing: ["usage@aggregate:users:1"])
    let checked = try index("--check", "--json", uri: proxy.uri)
    #expect(proxy.lost == ["usage@aggregate:users:1"])
    #expect(checked.exitCode == 0, "\(checked.errors)")
    let findings = try JSONDecoder().decode(Printed.self, from: checked.onlyLine()).findings
    // email_hash_1, token_expires_at_1 and own_1; a unique index has another purpose, and others were used.
    #expect(findings == ["SS081": 1, "SS121": 3], "\(checked.errors)")
    #expect(checked.errors.contains("no query has used index own_1 since 2026-01-01T00:00:00Z"))
    for name in ["strava_id_1", "username_hash_1", "access_token_hash_1", "_id_"] {
      #expect(!checked.errors.contains("used index \(name) "))
    }
  }

  @Test func aForeignIndexThatADeclaredOneReplacesIsCalledRedundant() throws {
    try store.python(
      """
      db.activities.create_index('user_id', name='short')
      db.activities.create_index('user_id', name='sparse', sparse=True)
      db.activities.create_index('kudos_count', name='other')
      """)
    let checked = try index("--check")
    #expect(checked.exitCode == 0, "\(checked.errors)")
    let lines = checked.errors.split(separator: "\n").filter { $0.contains("[SS081]") }
    #expect(lines.count == 3)
    #expect(lines.filter { $0.contains("redundant") }.map { $0.contains("index short ") } == [true], "\(lines)")
  }
}
