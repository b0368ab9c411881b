extension Rule {
  /// The guides of the rules about fields that contradict each other. The record is stored unchanged.
  var crossCheckGuide: RuleGuide {
    switch self {
    case .offsetMismatch:
      RuleGuide(
        "Local start does not match the UTC offset",
        why: """
          In Strava's records, `start_date_local` minus `start_date` equals `utc_offset`. Here it does not, so \
          another program changed one of the values. Often it read the `Z` of the local start as UTC.
          """,
        fix: "Import the response as Strava sent it. Until then, the hour of one of the two dates is wrong.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "distance": 5012.3,
            "start_date": "2024-05-01T08:30:00Z", "start_date_local": "2024-05-01T08:30:00Z", "utc_offset": 7200.0
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "distance": 5012.3,
              "start_date": "2024-05-01T06:30:00Z", "start_date_local": "2024-05-01T08:30:00Z", "utc_offset": 7200.0
            }
            """#))
    case .averageAboveMaximum:
      RuleGuide(
        "Average above the maximum",
        why: """
          An average is larger than the maximum of the same quantity. Strava's own data contains such records, because \
          the two values come from different filters. If most records of a dump are affected, units were mixed.
          """,
        fix: """
          No action is needed for single records. If many records are affected, check the program that converted the \
          units.
          """,
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "average_speed": 12.0, "max_speed": 4.4
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "average_speed": 3.3, "max_speed": 4.4
            }
            """#))
    case .movingBeyondElapsed:
      RuleGuide(
        "Moving time longer than elapsed time",
        why: """
          The moving time is part of the elapsed time and cannot be longer. A difference of one second is rounding and \
          is not reported. A larger one is the result of an edit or of a wrong conversion.
          """,
        fix: "Fetch the record again.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "moving_time": 1522, "elapsed_time": 1501
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "moving_time": 1501, "elapsed_time": 1522
            }
            """#))
    case .badPolyline:
      RuleGuide(
        "Invalid polyline",
        why: """
          The encoded polyline cannot be decoded into valid coordinates. It was truncated, or a program added or \
          removed backslashes. A map would show a wrong track, or none.
          """,
        fix: "Fetch the record again. When you copy polylines through a shell or a CSV file, keep the backslashes.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "map": {"summary_polyline": "_p~iF"}
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "map": {"summary_polyline": "_p~iF~ps|U_ulLnnqC_mqNvxq`@"}
            }
            """#))
    case .zeroedIdentifier:
      RuleGuide(
        "Ids that lost their last digits",
        why: """
          Ids of segment efforts are larger than 2^53. JavaScript reads such numbers as floating-point numbers and \
          writes zeros for the digits that it cannot represent. These ids identify nothing at Strava.
          """,
        fix: "Import the original response. In JavaScript, use a JSON parser that keeps large integers.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 3, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "segment_efforts": [{"id": 3200000000000001000}, {"id": 3200000000000002000}]
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 3, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "segment_efforts": [{"id": 3200000000000000957}, {"id": 3200000000000001981}]
            }
            """#))
    case .lowAboveHigh:
      RuleGuide(
        "Lowest elevation above the highest",
        why: "`elev_low` is larger than `elev_high`. The two values were swapped, or they come from different sources.",
        fix: "Fetch the record again.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "elev_low": 120.5, "elev_high": 80.2
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "elev_low": 80.2, "elev_high": 120.5
            }
            """#))
    default:
      RuleGuide(
        "has_heartrate contradicts the heart rates",
        why: """
          The flag `has_heartrate` is false although the record has heart rates, or true although it has none. \
          Strava's own data contains such records.
          """,
        fix: "No action is needed. Rely on the heart rates instead of the flag.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "has_heartrate": false, "average_heartrate": 147.9
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "has_heartrate": true, "average_heartrate": 147.9
            }
            """#))
    }
  }
}
