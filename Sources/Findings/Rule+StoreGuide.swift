extension Rule {
  /// The guides of the rules about owners, references, and contradictions between a record and the database or key
  /// file.
  var storeGuide: RuleGuide {
    switch self {
    case .tokenWithoutAthlete:
      RuleGuide(
        "Token without an athlete",
        why: """
          The token response names no athlete in `athlete` or `athlete_id`, and neither does an object around it. The \
          response to a token refresh has this form. A number used as the key of the token is not read as the \
          athlete's id, because it may mean something else.
          """,
        fix: "Pass `--athlete ID`, or add the athlete to the response: `\"athlete\": {\"id\": 900000001}`.",
        example: .file(
          #"""
          {
            "token_type": "Bearer", "access_token": "fixture-access", "refresh_token": "fixture-refresh",
            "expires_at": 1714545000, "expires_in": 21600
          }
          """#,
          corrected: #"""
            {
              "token_type": "Bearer", "access_token": "fixture-access", "refresh_token": "fixture-refresh",
              "expires_at": 1714545000, "expires_in": 21600,
              "athlete": {"id": 900000001}
            }
            """#))
    case .activityWithoutAthlete:
      RuleGuide(
        "Activity without an athlete",
        why: """
          The activity names no athlete, and neither does an object around it. Such an object counts only if it names \
          the athlete before the activities, or if its text is at most 16 MiB.
          """,
        fix: "Pass `--athlete ID`. It applies to all activities and tokens that name no athlete.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "athlete": {"id": 900000001}
            }
            """#))
    case .otherAthlete:
      RuleGuide(
        "Record of another athlete than --athlete",
        why: """
          The record names its athlete, and `--athlete` names a different one. One of the two is wrong. The record is \
          rejected, because otherwise it could be stored under the wrong athlete.
          """,
        fix: "Omit `--athlete`, or import the records of each athlete separately.",
        example: .commands(
          #"""
          echo '{"id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3}' > activity.json
          strava-store validate --athlete 900000002 activity.json
          """#,
          corrected: #"""
            strava-store validate activity.json
            """#))
    case .unknownUser:
      RuleGuide(
        "Insight of an unknown user",
        why: """
          The database has no user with the id that the insight names. Insights are read by user, so nobody would find \
          this one.
          """,
        fix: "Import the user or one of the user's activities first, or together with the insight.",
        example: .importedFile(
          #"""
          {"user_id": 900000001, "insight_type": "training", "insight_text": "Your easy runs are easy."}
          """#,
          corrected: #"""
            [
              {"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"},
              {"user_id": 900000001, "insight_type": "training", "insight_text": "Your easy runs are easy."}
            ]
            """#))
    case .unknownActivity:
      RuleGuide(
        "Insight of an unknown activity",
        why: """
          The insight refers to an activity by its `_id`, and the database has no such activity. The reference is \
          stored and becomes valid when the activity is imported. A reference by Strava id is not reported, because \
          the `_id` is computed from it.
          """,
        fix: "Import the activity, or refer to it by its Strava id.",
        example: .importedFile(
          #"""
          [
            {"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"},
            {
              "user_id": 900000001, "activity_id": "65f0c0ffee0123456789ab18",
              "insight_type": "training", "insight_text": "Your easy runs are easy."
            }
          ]
          """#,
          corrected: #"""
            [
              {"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"},
              {
                "user_id": 900000001, "activity_id": 90000000001,
                "insight_type": "training", "insight_text": "Your easy runs are easy."
              }
            ]
            """#))
    case .differingCopies:
      RuleGuide(
        "Two different versions of the same record",
        why: """
          The input contains the same id with different contents of the same level of detail. The version that was \
          read later is stored, so another order of the input would give another result.
          """,
        fix: "Keep only the newer version in the input.",
        example: .importedFile(
          #"""
          [
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            },
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5100.0
            }
          ]
          """#,
          corrected: #"""
            [
              {
                "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
                "start_date": "2024-05-01T06:30:00Z", "distance": 5100.0
              }
            ]
            """#))
    case .sealedReject:
      RuleGuide(
        "Entry of a reject file that cannot be read",
        why: """
          The entry was changed, or it does not contain the bytes of the record because the record was too long, or no \
          key file was given. Reject files are encrypted with the key file of the import that wrote them.
          """,
        fix: """
          Import the reject file with that key file. Import a record whose bytes were not kept from its original file.
          """,
        example: .file(
          #"""
          {"strava_store_reject": 1, "file": "activities.json", "record": 1, "length": 40000000, "findings": []}
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    case .wrongKey:
      RuleGuide(
        "Wrong key file",
        why: "The data was encrypted with a key that the key file does not contain. The exit code is 2.",
        fix: "Use the key file with which the data was encrypted.",
        example: .commands(
          #"""
          strava-store import --key-file other-keys.json rejects.ndjson
          """#,
          corrected: #"""
            strava-store import --key-file keys.json rejects.ndjson
            """#))
    case .alteredRecord:
      RuleGuide(
        "Record changed after its import",
        why: """
          `source.digest` is computed from the imported record, and it does not match `raw_data`, or `raw_data` is \
          missing. Another program changed the document after the import. The typed fields and exports of this record \
          may differ from what Strava sent.
          """,
        fix: """
          Restore the document from a backup. Or delete the document and import the record again. Without the \
          deletion, import counts the record as unchanged, because its digest is the same.
          """,
        example: .database(
          #"""
          {
            strava_activity_id: 90000000001, distance: 5012.3,
            raw_data: {id: 90000000001, distance: 9000.0}  // imported with the distance 5012.3
          }
          """#,
          corrected: #"""
            {
              strava_activity_id: 90000000001, distance: 5012.3,
              raw_data: {id: 90000000001, distance: 5012.3}
            }
            """#))
    case .differsFromRecord:
      RuleGuide(
        "Field differs from the imported record",
        why: """
          The typed fields of a document are computed from the record in `raw_data`. This field has another value, or \
          exists in only one of the two. Another program changed the document after the import, or another version of \
          strava-store wrote it.
          """,
        fix: """
          If the value of Strava is correct, set the field to the value in `raw_data`. Programs that store values of \
          their own should use other field names.
          """,
        example: .database(
          #"""
          {
            strava_activity_id: 90000000001, distance: 9000.0,
            raw_data: {id: 90000000001, distance: 5012.3}
          }
          """#,
          corrected: #"""
            {
              strava_activity_id: 90000000001, distance: 5012.3,
              raw_data: {id: 90000000001, distance: 5012.3}
            }
            """#))
    default:
      RuleGuide(
        "Document rejected by the server",
        why: """
          The server did not accept the document, for example because of a validator, a unique index that strava-store \
          does not declare, or a size limit. The message contains the reason.
          """,
        fix: "Compare the collection with the declared state: `strava-store index --check`.",
        example: .database(
          #"""
          db.activities.createIndex({name: 1}, {unique: true})
          """#,
          corrected: #"""
            db.activities.dropIndex("name_1")
            """#))
    }
  }
}
