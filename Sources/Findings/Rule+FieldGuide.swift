extension Rule {
  /// The guides of the rules about single fields of a record.
  var fieldGuide: RuleGuide {
    switch self {
    case .wrongType:
      RuleGuide(
        "Value of the wrong type",
        why: """
          Each field has one type in the database. A field with a fraction accepts integers, an integer field accepts \
          numbers such as 5.0, and every field accepts null. This value has another type.
          """,
        fix: "Find the program that changed the value. Strava sends the type that the message names.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z",
            "distance": "5.0 km"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "distance": 5000.0
            }
            """#))
    case .missing:
      RuleGuide(
        "Missing required field",
        why: "Without this field the record cannot be identified, or has no time.",
        fix: "Fetch the record again.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "distance": 5012.3, "moving_time": 1501, "elapsed_time": 1522, "upload_id": 95000000001
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "distance": 5012.3, "moving_time": 1501, "elapsed_time": 1522, "upload_id": 95000000001
            }
            """#))
    case .outOfRange:
      RuleGuide(
        "Value out of range",
        why: "The value is impossible for this field, such as a negative distance or a confidence of 2.",
        fix: "Correct the value in the program that wrote it. The message names the valid range.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z",
            "distance": -5012.3
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "distance": 5012.3
            }
            """#))
    case .badDate:
      RuleGuide(
        "Invalid date",
        why: "The value is not a date in ISO 8601, or the day does not exist, such as February 30.",
        fix: "Write the date in this form: `2024-02-29T06:30:00Z`.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "distance": 5012.3,
            "start_date": "2024-02-30T06:30:00Z"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "distance": 5012.3,
              "start_date": "2024-02-29T06:30:00Z"
            }
            """#))
    case .badCoordinate:
      RuleGuide(
        "Invalid coordinates",
        why: """
          A position is an array of latitude and longitude in degrees. Latitude ranges from −90 to 90, longitude from \
          −180 to 180. An empty array or null means that the position is unknown.
          """,
        fix: "Check the order of the two numbers: latitude comes first.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "start_latlng": [-123.4, -48.9]
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "start_latlng": [-48.9, -123.4]
            }
            """#))
    case .badIdentifier:
      RuleGuide(
        "Invalid id",
        why: "Records are identified by their ids. An id is a whole number from 1 to 9223372036854775807.",
        fix: "Fetch the record again. An id with 20 or more digits usually comes from an example in a documentation.",
        example: .file(
          #"""
          {
            "id": 12345678987654321000, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    case .resavedIdentifier:
      RuleGuide(
        "Id written as a string or a floating-point number",
        why: """
          Strava sends ids as whole numbers. This id is complete, but the program that changed its type may have \
          changed digits of other ids.
          """,
        fix: "No action is needed for this record. Prefer the original response of the API where you have it.",
        example: .file(
          #"""
          {
            "id": "90000000001", "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    case .dateWithoutZone:
      RuleGuide(
        "Date without a time zone",
        why: """
          The date has no time zone and is read as UTC, which Strava uses. A program that changed the date may have \
          meant local time.
          """,
        fix: "If the date is in UTC, append `Z`. Otherwise append its offset, such as `+02:00`.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "distance": 5012.3,
            "start_date": "2024-05-01T06:30:00"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "distance": 5012.3,
              "start_date": "2024-05-01T06:30:00Z"
            }
            """#))
    case .onlyLocalStart:
      RuleGuide(
        "Start computed from the local start",
        why: "The activity has no `start_date`. The start is computed as `start_date_local` minus `utc_offset`.",
        fix: "No action is needed. To avoid the computation, import a record with `start_date`.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "distance": 5012.3,
            "start_date_local": "2024-05-01T08:30:00Z", "utc_offset": 7200.0
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "distance": 5012.3,
              "start_date": "2024-05-01T06:30:00Z", "start_date_local": "2024-05-01T08:30:00Z", "utc_offset": 7200.0
            }
            """#))
    case .unknownField:
      RuleGuide(
        "Unknown field",
        why: """
          The field is not in the schema. It is kept in `raw_data`. Strava may have added it, or its name may be \
          misspelled.
          """,
        fix: """
          No action is needed, unless the name is misspelled. With `--strict`, an unknown field rejects the record.
          """,
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "moving_tme": 1501
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "moving_time": 1501
            }
            """#))
    case .fractionCut:
      RuleGuide(
        "Fraction of a second in expires_at",
        why: """
          Strava sends `expires_at` in whole seconds, so another program wrote this value. The fraction is removed, so \
          that the token is treated as expired slightly too early rather than too late.
          """,
        fix: "No action is needed.",
        example: .file(
          #"""
          {
            "token_type": "Bearer", "access_token": "fixture-access", "refresh_token": "fixture-refresh",
            "expires_at": 1714545000.5,
            "athlete": {"id": 900000001}
          }
          """#,
          corrected: #"""
            {
              "token_type": "Bearer", "access_token": "fixture-access", "refresh_token": "fixture-refresh",
              "expires_at": 1714545000,
              "athlete": {"id": 900000001}
            }
            """#))
    default:
      RuleGuide(
        "Unknown value",
        why: """
          The field usually has one of a list of known values, and this value is not in the list. It is stored \
          unchanged. Strava adds sports from time to time.
          """,
        fix: """
          No action is needed, unless the value is misspelled. With `--strict`, an unknown value rejects the record.
          """,
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001},
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "sport_type": "run"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001},
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "sport_type": "Run"
            }
            """#))
    }
  }
}
