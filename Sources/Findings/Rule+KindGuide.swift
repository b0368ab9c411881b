extension Rule {
  /// The guides of the rules about records that are of another kind than expected, or of a kind that is not stored.
  var kindGuide: RuleGuide {
    switch self {
    case .apiError:
      RuleGuide(
        "API error instead of a record",
        why: "The request to the Strava API failed, and the error response was saved in place of the data.",
        fix: """
          Repeat the request. The `errors` member says why it failed, for example because of a rate limit or an \
          expired token.
          """,
        example: .file(
          #"""
          {
            "message": "Rate Limit Exceeded",
            "errors": [{"resource": "Application", "field": "rate limit", "code": "exceeded"}]
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    case .webSiteObject:
      RuleGuide(
        "Object from the Strava web site",
        why: """
          The web site formats numbers for display, which removes digits. Stored as a record of the API, such an \
          object would contain wrong values.
          """,
        fix: "Fetch the same activities through the API.",
        example: .file(
          #"""
          {
            "id": 90000000001, "name": "Morning Run", "display_type": "Run", "activity_type_display_name": "Run",
            "start_date": "Wed, 5/1/2024", "start_time": "2024-05-01T06:30:00+0000",
            "distance": "5.01", "distance_raw": 5012.3, "moving_time": "25:01", "moving_time_raw": 1501
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "distance": 5012.3, "moving_time": 1501
            }
            """#))
    case .clubActivity:
      RuleGuide(
        "Activity from a club feed",
        why: """
          The API returns the activities of a club without an id and without a start time. Such an activity cannot be \
          identified.
          """,
        fix: "Fetch the activities with the tokens of the athletes who recorded them.",
        example: .file(
          #"""
          {
            "resource_state": 2, "athlete": {"resource_state": 2, "firstname": "Ada", "lastname": "E."},
            "name": "Morning Run", "distance": 5012.3, "moving_time": 1501, "elapsed_time": 1522,
            "total_elevation_gain": 12.0, "type": "Run", "sport_type": "Run"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "name": "Morning Run", "distance": 5012.3, "moving_time": 1501, "elapsed_time": 1522
            }
            """#))
    case .bulkExportRow:
      RuleGuide(
        "Row of the bulk export as JSON",
        why: """
          Another program converted a row of `activities.csv` to JSON. What the program did with repeated column \
          names, translated words and dates is unknown, so the object is not read.
          """,
        fix: """
          Import the account archive itself, or its `activities.csv`: see SS102 for an example. Or fetch the activities \
          through the API, with the ids in the rows.
          """,
        example: .file(
          #"""
          {
            "Activity ID": "90000000001", "Activity Date": "May 1, 2024, 6:30:00 AM", "Activity Name": "Morning Run",
            "Activity Type": "Run", "Elapsed Time": "1522", "Distance": "5.01", "Filename": "activities/1.fit.gz"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "name": "Morning Run", "distance": 5012.3, "elapsed_time": 1522
            }
            """#))
    case .derivedActivity:
      RuleGuide(
        "Derived activity",
        why: """
          The object has neither `resource_state` nor `upload_id`, so it is not an original response of the API. It is \
          the output of another program, or data of another vendor. Stored as a Strava record, it would be trusted \
          like one.
          """,
        fix: "Import the original response of the API.",
        example: .file(
          #"""
          {
            "id": 90000000001, "athlete": {"id": 900000001}, "name": "Morning Run", "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z",
            "distance": 5012.3, "moving_time": 1501, "elapsed_time": 1522
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "name": "Morning Run", "distance": 5012.3, "moving_time": 1501, "elapsed_time": 1522
            }
            """#))
    case .jsonSchema:
      RuleGuide(
        "JSON Schema instead of a record",
        why: "The object describes the form of records. It contains the names of their fields, but no data.",
        fix: "Do not pass this file, or ignore it with `--exclude GLOB`.",
        example: .file(
          #"""
          {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": {"id": {"type": "integer"}, "firstname": {"type": "string"}, "lastname": {"type": "string"}}
          }
          """#,
          corrected: #"""
            {"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}
            """#))
    case .otherKind:
      RuleGuide(
        "Record of another kind than --kind",
        why: "`--kind` restricts the input to certain kinds of records, and this record is of another kind.",
        fix: "Remove the record, or add its kind. `--kind` can be given several times.",
        example: .commands(
          #"""
          echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' > athlete.json
          strava-store validate --kind activity athlete.json
          """#,
          corrected: #"""
            strava-store validate --kind activity --kind athlete athlete.json
            """#))
    case .skippedKind:
      RuleGuide(
        "Kind of record that is not stored",
        why: """
          Streams, laps, segments, gear and some other kinds of Strava objects have no collection. They are counted by \
          kind and not stored. An athlete's zones are stored, but not if nothing says whose they are.
          """,
        fix: """
          For zones, use `--athlete ID`. Otherwise no action is needed: what a detailed activity contains, such as its \
          laps, is stored with the activity.
          """,
        example: .file(
          #"""
          {
            "id": 900000000020, "resource_state": 2, "name": "Lap 1", "lap_index": 1, "split": 1,
            "activity": {"id": 90000000001, "resource_state": 1}, "athlete": {"id": 900000001, "resource_state": 1},
            "elapsed_time": 1206, "moving_time": 1206, "start_date": "2024-05-01T06:30:00Z", "distance": 4023.3,
            "start_index": 0, "end_index": 1199
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 3, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "laps": [{"id": 900000000020, "resource_state": 2, "name": "Lap 1", "lap_index": 1, "distance": 4023.3}]
            }
            """#))
    case .wrapperKeys:
      RuleGuide(
        "Other members beside the records",
        why: """
          An object around the records has members that are not records, such as a page number. They are not stored.
          """,
        fix: "No action is needed, unless you need one of these values.",
        example: .file(
          #"""
          {
            "page": 1,
            "activities": [
              {
                "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
                "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
              }
            ]
          }
          """#,
          corrected: #"""
            [
              {
                "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
                "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
              }
            ]
            """#))
    case .exportedDocument:
      RuleGuide(
        "Document exported by strava-store",
        why: """
          `export` writes the stored documents, whose fields have the names and types of the platform. `import` reads \
          records as Strava sent them.
          """,
        fix: "Export with `--format raw --decrypt`, which writes the JSON of Strava, and import the result.",
        example: .file(
          #"""
          {
            "_id": "65f0c0ffee0123456789ab18", "user_id": "65f0c0ffee0123456789ab19",
            "strava_activity_id": 90000000001, "athlete_id": 900000001, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "schema_version": 1, "created_at": "2024-05-02T00:00:00Z", "updated_at": "2024-05-02T00:00:00Z",
            "source": {"origin": "api", "file": "activities.json", "record": 1, "digest": "QUJD",
              "run": "6f9619ff-8b86-4011-b42d-00cf4fc964ff", "imported_at": "2024-05-02T00:00:00Z"},
            "raw_data": {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    case .extendedJSON:
      RuleGuide(
        "MongoDB Extended JSON",
        why: """
          `mongoexport` and drivers write some values as objects, such as `{"$numberLong": "5"}`. In this record, each \
          such object is read as the number, date or id that it represents. The `_id` belongs to the database that was \
          exported and is ignored.
          """,
        fix: "No action is needed.",
        example: .file(
          #"""
          {
            "_id": {"$oid": "65f0c0ffee0123456789ab18"},
            "id": {"$numberLong": "90000000001"}, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    case .partialRecord:
      RuleGuide(
        "Exported record with omitted values",
        why: """
          `export` omitted values of some classes or fields of this record, and lists them in `$left_out`. The import \
          of such a record would replace the complete record and delete the omitted values.
          """,
        fix: "Export with `--format raw --decrypt`, which writes complete records, and import the result.",
        example: .file(
          #"""
          {
            "raw_data": {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "$left_out": ["location"]
            }
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "start_latlng": [-48.9, -123.4]
            }
            """#))
    default:
      RuleGuide(
        "Object of unknown kind",
        why: """
          The object has the characteristic fields neither of a Strava object nor of an insight, so it is unclear what \
          it describes.
          """,
        fix: """
          If it contains records at a deeper level, import that part. If Strava sent it, report it to the project \
          together with its field names.
          """,
        example: .file(
          #"""
          {"activity": 90000000001, "kilometers": 5.0}
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    }
  }
}
