import Foundation
import Support
import Testing

/// Which documents an export selects, compared with the server's own answers.
@Suite(.waiting) struct ExportSelectionTests {
  private static let fixture = Result { try ExportFixture(importing: [ExportFixture.fixtures]) }

  /// Options, and the query that Python sends to the server.
  @Test(arguments: [
    ("--athlete 900000002", "{'user_id': user(900000002)}", "[('_id', 1)]"),
    ("--since 2024-06-01", "{'start_date': {'$gte': date(2024, 6, 1)}}", "[('_id', 1)]"),
    (
      "--since 2024-05-07T16:00:00Z --until 2024-07-26T15:00:00+01:00",
      "{'start_date': {'$gte': date(2024, 5, 7, 16), '$lt': date(2024, 7, 26, 14)}}", "[('_id', 1)]"
    ),
    (
      "--local --since 2024-05-07T08:00:00 --until 2024-07-26T06:00:00",
      "{'start_date_local': {'$gte': date(2024, 5, 7, 8), '$lt': date(2024, 7, 26, 6)}}", "[('_id', 1)]"
    ),
    ("--sport Run,TrailRun", "{'sport_type': {'$in': ['Run', 'TrailRun']}}", "[('_id', 1)]"),
    (#"--filter {"distance":{"$gt":5012.5}}"#, "{'distance': {'$gt': 5012.5}}", "[('_id', 1)]"),
    ("--sort strava_activity_id", "{}", "[('strava_activity_id', 1)]"),
    ("--sort -distance --limit 300", "{}", "[('distance', -1), ('_id', 1)]"),
    ("--sort average_heartrate --limit 20", "{}", "[('average_heartrate', 1), ('_id', 1)]"),
    ("--sort -_id --limit 7", "{}", "[('_id', -1)]"),
    (
      "--athlete 900000001 --sport Run --since 2024-05-02 --sort -start_date --limit 5",
      "{'user_id': user(900000001), 'sport_type': 'Run', 'start_date': {'$gte': date(2024, 5, 2)}}",
      "[('start_date', -1), ('_id', 1)]"
    ),
  ])
  func documentsAreThoseTheServerFinds(options: String, query: String, sort: String) throws {
    let fixture = try Self.fixture.get()
    let limit = options.firstMatch(of: /--limit (\d+)/).map { ".limit(\($0.1))" } ?? ""
    let wanted = try fixture.pymongo.run(
      """
      import datetime
      date = datetime.datetime
      def user(id): return db.users.find_one({'strava_id': id})['_id']
      for found in db.activities.find(\(query)).sort(\(sort))\(limit): print(found['_id'])
      """
    ).split(separator: "\n").map(String.init)
    #expect(!wanted.isEmpty)
    let exported = try fixture.command(
      ["activities", "--fields", "_id"] + options.split(separator: " ").map(String.init)
    ).run()
    #expect(exported.exitCode == 0, "\(exported.errors)")
    let found = exported.output.split(separator: "\n").map { String($0.dropFirst(8).prefix(24)) }
    #expect(found == wanted)
  }

  /// The cursor is lost after the first batch and opened again at its position: no document is repeated or missing,
  /// whatever types a field has.
  @Test(arguments: ["", "--sort distance", "--sort -distance", "--sort -start_date", "--limit 1900"])
  func aLostCursorGoesOnWhereItWas(options: String) throws {
    let fixture = try Self.mixed.get()
    let options = options.split(separator: " ").map(String.init)
    let whole = try fixture.command(["activities"] + options).run()
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let lines = whole.output.split(separator: "\n")
    #expect(lines.count == (options.contains("--limit") ? 1900 : 2100))
    #expect(Set(lines).count == lines.count)
    let proxy = try LossyProxy(to: Self.server.get(), losing: ["getMore:activities:1", "getMore:activities:2"])
    let outcome = try fixture.command(["activities"] + options, uri: proxy.uri).run()
    // With a limit, the second query is small enough.
    #expect(proxy.lost.contains("getMore:activities:1"))
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output == whole.output)
  }

  private static let server = Result { try TestServer() }

  /// Ids and distances of every type that a server sorts by, and documents without a distance.
  private static let mixed = Result {
    let fixture = try ExportFixture(server: server.get())
    try fixture.pymongo.run(
      """
      import datetime, random
      random.seed(5)
      values = [None, 1, 2.5, float("nan"), float("inf"), bson.Int64(2**40), bson.Decimal128("7.5"), "text", "",
                bson.ObjectId(), True, False, datetime.datetime(2024, 1, 1), bson.Binary(b"bytes")]
      documents = []
      for number in range(2100):
          document = {"_id": number if number % 3 else bson.ObjectId(), "strava_activity_id": number,
                      "start_date": datetime.datetime(2024, 1, 1) + datetime.timedelta(hours=number % 50)}
          if number % 7: document["distance"] = random.choice(values)
          if number % 5 == 0: document["_id"] = f"text {number}"
          documents.append(document)
      random.shuffle(documents)
      db.activities.insert_many(documents)
      for field in ("distance", "start_date"): db.activities.create_index(field)
      """)
    return fixture
  }
}
