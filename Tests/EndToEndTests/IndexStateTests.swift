import Foundation
import Support
import Testing

/// `index` from whatever state: the declared one is reached, and nothing is dropped that was not announced.
@Suite(.waiting) struct IndexStateTests {
  @Test func fromNothing() throws {
    let bench = try IndexFixture()
    #expect(try bench.run("--check").exitCode == 1)
    #expect(try bench.indexes().isEmpty, "a check makes nothing")
    try bench.reachesTheDeclaredState()
  }

  @Test func fromTheOriginalPlan() throws {
    let bench = try IndexFixture()
    try bench.originalPlan()
    let plan = try bench.run("--dry-run").printed
    #expect(
      plan.places("change") == ["users/strava_id_1", "activities/strava_activity_id_1", "insights/activity_id_1"])
    #expect(
      plan.places("extra") == [
        "users/access_token_1", "users/email_1", "activities/user_id_1", "activities/type_1",
        "activities/sport_type_1", "activities/start_date_1", "activities/distance_1", "insights/user_id_1",
        "insights/insight_type_1",
      ])
    try bench.reachesTheDeclaredState()

    // Only when asked.
    #expect(try bench.run("--check", "--prune").exitCode == 1)
    let pruned = try bench.run("--prune")
    #expect(pruned.exitCode == 0, "\(pruned.errors)")
    #expect(try bench.indexes().count == 20 + 4)
    #expect(try bench.wrong() == [])
    #expect(try bench.run("--check", "--prune").exitCode == 0)
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let what: String
    let program: String

    init(_ what: String, _ program: String) {
      self.what = what
      self.program = program
    }

    var testDescription: String { what }
  }

  /// Done to a database in the declared state.
  static let damages = [
    Damage(
      "a unique index that is not",
      "db.users.drop_index('strava_id_1'); db.users.create_index('strava_id')"),
    Damage(
      "a unique index for some documents only",
      """
      db.activities.drop_index('strava_activity_id_1')
      db.activities.create_index('strava_activity_id', unique=True, partialFilterExpression={'manual': {'$eq': True}})
      """),
    Damage(
      "a sparse index that holds all documents",
      "db.users.drop_index('token_expires_at_1'); db.users.create_index('token_expires_at')"),
    Damage(
      "an index that refuses what it should not",
      """
      db.activities.drop_index('user_id_1_start_date_-1')
      db.activities.create_index([('user_id', 1), ('start_date', -1)], unique=True)
      """),
    Damage(
      "an index that deletes documents",
      """
      db.activities.drop_index('start_date_-1')
      db.activities.create_index([('start_date', -1)], expireAfterSeconds=2000000000)
      """),
    Damage(
      "a hidden index",
      """
      db.activities.drop_index('user_id_1_distance_-1')
      db.activities.create_index([('user_id', 1), ('distance', -1)], hidden=True)
      """),
    Damage(
      "an index of another collation",
      """
      db.insights.drop_index('user_id_1_created_at_-1')
      db.insights.create_index([('user_id', 1), ('created_at', -1)], collation={'locale': 'en', 'strength': 2})
      """),
    Damage(
      "a declared name on another key",
      """
      db.activities.drop_index('user_id_1_type_1_start_date_-1')
      db.activities.create_index('gear_id', name='user_id_1_type_1_start_date_-1')
      """),
    Damage(
      "the wrong direction",
      """
      db.insights.drop_index('user_id_1_confidence_score_-1')
      db.insights.create_index([('user_id', 1), ('confidence_score', 1)])
      """),
    Damage(
      "a replacement that stopped between building and dropping",
      "db.insights.create_index('activity_id', name='activity_id_1_old')"),
    Damage(
      "a rebuild that stopped half way",
      """
      db.activities.create_index([('user_id', 1), ('distance', -1), ('_id', 1)], name='user_id_1_distance_-1_cover')
      db.activities.drop_index('user_id_1_distance_-1')
      """),
    Damage(
      "a collection that is gone, and one without indexes",
      "db.insights.drop(); db.activities.drop_indexes()"),
    Damage(
      "a validator with other rules",
      "db.command('collMod', 'users', validator={'$jsonSchema': {'required': ['strava_id']}})"),
    Damage(
      "validators that only warn, or are off, or are gone",
      """
      db.command('collMod', 'users', validationAction='warn')
      db.command('collMod', 'activities', validationLevel='off')
      db.command('collMod', 'insights', validator={})
      """),
    Damage(
      "everything at once",
      """
      for name in ('users', 'activities', 'insights', 'data_keys'):
        db.command('collMod', name, validator={}, validationLevel='off')
        db[name].drop_indexes()
      db.users.create_index('strava_id', name='activity_id_1')
      db.activities.create_index('strava_activity_id', sparse=True)
      db.activities.create_index([('start_date', -1)], expireAfterSeconds=2000000000, hidden=True)
      db.activities.create_index([('user_id', 1), ('start_date', -1)], sparse=True, name='start_date_-1_2')
      """),
  ]

  @Test(arguments: damages)
  func fromABrokenState(_ damage: Damage) throws {
    let bench = try IndexFixture()
    try bench.documents()
    #expect(try bench.run().exitCode == 0)
    try bench.python(damage.program)
    let check = try bench.run("--check")
    #expect(check.exitCode == 1)
    #expect(check.printed.differences > 0)
    #expect(check.printed.findings.keys.contains { ["SS080", "SS083"].contains($0) })
    try bench.reachesTheDeclaredState()
  }

  /// Other spellings, other names: nothing to do.
  @Test func whatMeansTheSameIsKept() throws {
    let bench = try IndexFixture()
    #expect(try bench.run().exitCode == 0)
    try bench.python(
      """
      def instead(name, spec):
        key = spec['key']
        old = next(i['name'] for i in db[name].list_indexes() if list(i['key']) == list(key))
        db[name].drop_index(old)
        db.command('createIndexes', name, indexes=[spec])
      instead('users', {'key': {'strava_id': 1.0}, 'name': 'by athlete', 'unique': True, 'background': True})
      instead('users', {'key': {'email_hash': Int64(1)}, 'sparse': True, 'name': 'x', 'hidden': False, 'unique': False})
      instead('activities', {'name': 'longest', 'key': {'user_id': Int64(5), 'distance': -1.0}})
      instead('insights', {'sparse': True, 'name': 'activity_id_1', 'collation': {'locale': 'simple'},
        'key': {'activity_id': 1}})
      validator = json.load(open(sys.argv[1]))
      def shuffled(value):
        if isinstance(value, dict): return {k: shuffled(v) for k, v in reversed(value.items())}
        if isinstance(value, list) and all(isinstance(v, str) for v in value): return value[::-1]
        if isinstance(value, list): return [shuffled(v) for v in value]
        return float(value) if type(value) is int else value
      db.command('collMod', 'users', validator=shuffled(validator))
      """.replacing(
        "sys.argv[1]", with: "'\(Checkout.root.appending(path: "docs/schema/users.validator.json").path)'"))
    let before = try bench.everything()
    #expect(try bench.run("--check").exitCode == 0)
    let done = try bench.run()
    #expect(done.exitCode == 0 && done.printed.done == [], "\(done.errors)")
    #expect(done.printed.findings == [:])
    #expect(try bench.everything() == before)
  }

  /// An index with another partial filter or collation belongs to another author and is kept.
  @Test func anotherIndexOnADeclaredKeyIsLeftAlone() throws {
    let bench = try IndexFixture()
    try bench.python(
      """
      db.activities.create_index([('user_id', 1), ('distance', -1)], name='long ones',
        partialFilterExpression={'distance': {'$gt': 100000}})
      db.users.create_index('username_hash', sparse=True, name='folded', collation={'locale': 'en', 'strength': 1})
      """)
    #expect(try bench.run("--dry-run").printed.places("extra") == ["activities/long ones", "users/folded"])
    try bench.reachesTheDeclaredState()
  }
}
