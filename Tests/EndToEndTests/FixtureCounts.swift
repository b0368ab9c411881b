import Foundation
import Support

/// The number of documents after an import of `fixtures/valid`, from the file beside the fixtures.
struct FixtureCounts {
  let activities: Int
  /// All users, including stubs.
  let users: Int
  let stubs: Int
  let insights: Int

  var documents: Int { activities + users + insights }

  func documents(of collection: String) -> Int {
    collection == "users" ? users : collection == "activities" ? activities : insights
  }

  init() throws {
    struct Expected: Decodable { let stored: [String: Int] }
    let file = Checkout.root.appending(path: "fixtures/valid.expected.json")
    let stored = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file)).stored
    stubs = stored["stubs", default: 0]
    activities = stored["activities", default: 0]
    users = stored["users", default: 0] + stubs
    insights = stored["insights", default: 0]
  }
}
