extension Rule {
  /// The guides of the rules about data keys.
  var keyGuide: RuleGuide {
    switch self {
    case .undecryptableDataKey:
      RuleGuide(
        "Data key that cannot be decrypted",
        why: """
          The key file does not contain the master key that encrypts this data key, or the document in `data_keys` was \
          changed. Values that are encrypted with the data key cannot be read.
          """,
        fix: """
          Use the newest key file, or a backup of a key file that contains the master key. If the document was \
          changed, restore it from a backup.
          """,
        example: .commands(
          #"""
          strava-store keys verify --key-file keys-from-last-year.json
          """#,
          corrected: #"""
            strava-store keys verify --key-file keys.json
            """#))
    case .retiredKeyInUse:
      RuleGuide(
        "Retired data key that is still in use",
        why: """
          Some values are still encrypted with this retired data key, and they could not be encrypted again. Each of \
          them has its own finding. The key was not deleted, because nobody could read the values without it.
          """,
        fix: "Correct the values that the other findings name. Then run `strava-store keys purge` again.",
        example: .commands(
          #"""
          strava-store keys purge
          """#,
          corrected: #"""
            strava-store encrypt-migrate --verify
            strava-store keys purge
            """#))
    case .misdatedKey:
      RuleGuide(
        "Retired data key with impossible dates",
        why: """
          A data key is deleted 24 hours after it was retired, because an importer may use it until then. The \
          `retired_at` of this key is before its `created_at`, or in the future, so that period cannot be computed. \
          The key was not deleted.
          """,
        fix: """
          Check the clock of the server first. Then set `retired_at` of the document in `data_keys` to the current \
          time, and run `strava-store keys purge` 24 hours later.
          """,
        example: .database(
          #"""
          {
            strava_id: 900000001, version: 1,
            created_at: ISODate("2024-05-01T00:00:00Z"), retired_at: ISODate("2023-05-01T00:00:00Z")
          }
          """#,
          corrected: #"""
            {
              strava_id: 900000001, version: 1,
              created_at: ISODate("2024-05-01T00:00:00Z"), retired_at: ISODate("2024-06-01T00:00:00Z")
            }
            """#))
    default:
      RuleGuide(
        "Athlete without a data key",
        why: """
          The database contains no data key of this athlete. Nothing of this athlete was ever encrypted, or the keys \
          were already destroyed.
          """,
        fix: "Check the Strava id of the athlete and the name of the database.",
        example: .commands(
          #"""
          strava-store keys rotate-data --athlete 90000001
          """#,
          corrected: #"""
            strava-store keys rotate-data --athlete 900000001
            """#))
    }
  }
}
