import Foundation

/// What the server of the tests says about itself, for assertions that only the stand-in or only MongoDB fulfills.
public struct ServerIdentity: Sendable, Decodable {
  /// True if it is the stand-in server, whichever program started it.
  public let isStandIn: Bool
  /// The name of its replica set.
  public let replicaSet: String?

  /// The identity of the shared server; private ones run the same program.
  public static var shared: ServerIdentity { get throws { try asked.get() } }

  private static let asked = Result {
    let text = try PyMongo(uri: TestServer.shared.uri, database: "admin").run(
      """
      print(json.dumps({"isStandIn": "secantusVersion" in client.admin.command("buildInfo"),
        "replicaSet": client.admin.command("hello").get("setName")}))
      """)
    return try JSONDecoder().decode(ServerIdentity.self, from: Data(text.utf8))
  }
}
