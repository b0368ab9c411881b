import Foundation
import Support
import Testing

/// What an account archive says about the athlete, a part of its own of a user.
@Suite(.waiting) struct ArchiveProfileTests {
  typealias Counts = PrintedSummary.Counts

  private static let user = "user(\(ArchiveFixture.athlete))"

  private static func archive(in folder: TemporaryFolder) throws -> String {
    try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
  }

  @Test func itFillsTheFieldsOfAnAthleteWithoutAProfile() throws {
    let folder = try TemporaryFolder()
    let store = try TestStore()
    let done = try store.starting([Self.archive(in: folder)]).ended()
    #expect(done.summary.kinds["export_profile"] == Counts(read: 1, new: 1))
    #expect(
      try store.untrue(
        "\(Self.user)['firstname'] == 'Ada' and \(Self.user)['lastname'] == 'Example' and \(Self.user)['sex'] == 'F'",
        "\(Self.user)['weight'] == 58.5 and \(Self.user)['city'] == 'Testville'",
        "\(Self.user)['state'] == 'Teststate' and \(Self.user)['country'] == 'Testland'",
        "\(Self.user)['resource_state'] == 1 and 'email' not in \(Self.user) and 'raw_data' not in \(Self.user)",
        "\(Self.user)['export_profile']['profile']['Email Address'] == 'ada@example.com'",
        "\(Self.user)['export_profile']['bikes'][0]['Bike Name'] == 'City bike'",
        "\(Self.user)['export_profile']['shoes'] == [{'Shoe Brand': 'Example', 'Shoe Model': 'Fast',"
          + " 'Shoe Default Sport Types': 'Run,Walk'}]",
        "\(Self.user)['export_profile']['source']['file'].endswith('export_900000021.zip/profile.csv')",
        // All but the source is sealed whole.
        "set(map(type, (db.users.find_one()['export_profile'][n] for n in ('profile', 'bikes', 'shoes')))) <= {bytes, Binary}"
      ) == [])
    try isValid(store)
  }

  @Test func theAPIsProfileWinsInBothOrders() throws {
    let folder = try TemporaryFolder()
    let zip = try Self.archive(in: folder)
    let profile = SyntheticRecord.athlete(ArchiveFixture.athlete, rank: 3)
    let token = SyntheticRecord.token(of: ArchiveFixture.athlete, expires: 200)
    let stores = [try TestStore(), try TestStore()]
    try stores[0].importing(paths: [zip])
    try stores[0].importing([token, profile])
    try stores[1].importing([token, profile])
    #expect(
      try stores[1].starting([zip]).ended().summary.kinds["export_profile"] == Counts(read: 1, updated: 1))
    for store in stores {
      #expect(
        try store.untrue(
          "\(Self.user)['city'] == 'Port Nemo' and \(Self.user)['firstname'] == 'Marin'",
          "'state' not in \(Self.user) and 'sex' not in \(Self.user) and \(Self.user)['resource_state'] == 3",
          "\(Self.user)['export_profile']['profile']['City'] == 'Testville'") == [])
      try isValid(store)
      let everything = try store.everything()
      #expect(try store.starting([zip]).ended().summary.kinds["export_profile"] == Counts(read: 1, unchanged: 1))
      #expect(try store.importing([token, profile]).summary.total.unchanged == 2)
      #expect(try store.everything() == everything)
    }
    #expect(try stores[0].contentWithRows() == stores[1].contentWithRows())
  }

  /// A token says nothing about the profile, so a later archive still fills the fields.
  @Test func aLaterProfileReplacesAnEarlierOne() throws {
    let folder = try TemporaryFolder()
    let zip = try Self.archive(in: folder)
    let store = try TestStore()
    try store.importing(paths: [zip])
    try store.importing([.token(of: ArchiveFixture.athlete, expires: 200)])
    try ArchiveFixture.python(
      """
      zipfile.ZipFile('\(ArchiveFixture.fileName)').extractall('later')
      text = open('later/profile.csv').read().replace('Testville', 'Newtown').replace('58.5', '0.0')
      open('later/profile.csv', 'w').write(text)
      """, in: folder)
    let done = try store.starting([folder.path("later")]).ended()
    #expect(done.summary.kinds["export_profile"] == Counts(read: 1, updated: 1))
    #expect(
      try store.untrue(
        "\(Self.user)['city'] == 'Newtown' and 'weight' not in \(Self.user)",
        "'token' in \(Self.user)['raw_data'] and 'access_token' in \(Self.user)") == [])
    try isValid(store)
  }

  @Test func thePlatformsFieldsAreKept() throws {
    let folder = try TemporaryFolder()
    let zip = try Self.archive(in: folder)
    let store = try TestStore()
    try store.python(
      """
      db.users.insert_one({"strava_id": \(ArchiveFixture.athlete), "city": "Platform", "email": "x@example.com",
          "updated_at": datetime.datetime(2026, 1, 1)})
      """)
    #expect(try store.starting([zip]).ended().summary.kinds["export_profile"] == Counts(read: 1, updated: 1))
    let kept = ["city == 'Platform'", "email == 'x@example.com'"].map { claim in
      let parts = claim.split(separator: " ", maxSplits: 1)
      return "\(Self.user)['\(parts[0])'] \(parts[1])"
    }
    #expect(
      try store.untrue(kept[0], kept[1], "'weight' not in \(Self.user)", "'export_profile' in \(Self.user)") == [])
  }

  @Test func exportsDropItWithIdentity() throws {
    let folder = try TemporaryFolder()
    let store = try TestStore()
    try store.importing(paths: [Self.archive(in: folder)])
    let whole = try StravaStore.run(["export", "users", "--decrypt"] + store.connection())
    #expect(whole.output.contains("City bike") && whole.output.contains("ada@example.com"), "\(whole.errors)")
    for options in [["--decrypt", "--drop", "identity"], []] {
      let dropped = try StravaStore.run(["export", "users"] + options + store.connection())
      #expect(dropped.exitCode == 0, "\(dropped.errors)")
      #expect(dropped.output.contains("export_profile"))
      for text in ["City bike", "ada@example.com", "$sealed", "Shoe"] {
        #expect(!dropped.output.contains(text), "\(text)")
      }
    }
  }

  @Test func rawExportsComeBack() throws {
    let folder = try TemporaryFolder()
    let store = try TestStore()
    try store.importing(paths: [Self.archive(in: folder)])
    let raw = folder.path("users.ndjson")
    let exported = try StravaStore.run(
      ["export", "users", "--format", "raw", "--decrypt", "-o", raw] + store.connection())
    #expect(exported.exitCode == 0, "\(exported.errors)")
    let again = try store.starting([raw]).ended()
    #expect(again.summary.kinds == ["export_profile": Counts(read: 1, unchanged: 1)])
    let other = try TestStore()
    #expect(try other.starting([raw]).ended().summary.kinds == ["export_profile": Counts(read: 1, new: 1)])
    #expect(try other.contentWithRows()[0] == store.contentWithRows()[0])
  }

  @Test func anAlteredProfileIsFound() throws {
    let folder = try TemporaryFolder()
    let store = try TestStore()
    try store.importing(paths: [Self.archive(in: folder)])
    try store.python("db.users.update_one({}, {'$unset': {'export_profile.bikes': ''}})")
    let checked = try StravaStore.run(["validate"] + store.connection())
    #expect(checked.exitCode == 1)
    #expect(checked.errors.contains("[SS063]") && checked.errors.contains("/export_profile"), "\(checked.errors)")
  }

  private func isValid(_ store: TestStore) throws {
    let indexed = try StravaStore.run(["index", "--uri", store.database.uri, "--db", store.database.name])
    #expect(indexed.exitCode == 0, "\(indexed.errors)")
    let checked = try StravaStore.run(["validate"] + store.connection())
    #expect(checked.exitCode == 0, "\(checked.errors)")
  }
}
