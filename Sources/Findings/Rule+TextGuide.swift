extension Rule {
  /// The guides of the rules about text that cannot be read as records.
  var textGuide: RuleGuide {
    switch self {
    case .truncated:
      RuleGuide(
        "Truncated text",
        why: """
          The text ends in the middle of a record, an array or an object, usually because a download or a copy was \
          interrupted. The complete records before that point are stored.
          """,
        fix: "Fetch the dump again and import it. Records that are already stored are not written again.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z",
            "distance": 50
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "distance": 5012.3
            }
            """#))
    case .invalidUTF8:
      RuleGuide(
        "Invalid UTF-8",
        why: """
          JSON text is encoded in UTF-8 (RFC 8259), and these bytes are not valid UTF-8. A guess at another encoding \
          could silently change names and descriptions.
          """,
        fix: "Convert the file to UTF-8, for example with `iconv -f LATIN1 -t UTF-8`, or fetch it again.",
        example: .commands(
          #"""
          printf '{"id": 900000001, "resource_state": 2, "firstname": "Zo\353", "lastname": "Example"}' > latin1.json
          strava-store validate latin1.json
          """#,
          corrected: #"""
            iconv -f LATIN1 -t UTF-8 latin1.json > utf8.json
            strava-store validate utf8.json
            """#))
    case .loneSurrogate:
      RuleGuide(
        "Lone surrogate",
        why: """
          The escapes `\\uD800` to `\\uDFFF` are surrogates. Only a pair of them encodes a character; one alone cannot \
          be stored as UTF-8.
          """,
        fix: """
          Correct the program that wrote the text. It probably cut a string in the middle of a character, such as an \
          emoji.
          """,
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "name": "Morning Run \uD83C"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "name": "Morning Run \uD83C\uDFC3"
            }
            """#))
    case .duplicateKey:
      RuleGuide(
        "Duplicate key in an object",
        why: """
          The same key occurs twice in one object. JSON readers differ in which value they keep, so one of the two \
          values would be lost.
          """,
        fix: "Compare the two values and remove the wrong one.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z",
            "distance": 5012.3,
            "distance": 3.1
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "distance": 5012.3
            }
            """#))
    case .nulInKey:
      RuleGuide(
        "NUL character in a key",
        why: """
          A key contains U+0000. BSON, the format in which MongoDB stores documents, uses this character to end a key, \
          so the key cannot be stored.
          """,
        fix: "Rename the key. Strava never sends such a key, so another program changed the record.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
            "name\u0000": "Morning Run"
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3,
              "name": "Morning Run"
            }
            """#))
    case .tooDeep:
      RuleGuide(
        "Nesting too deep",
        why: """
          MongoDB accepts at most 100 levels of nested objects and arrays in a document. Two of them are needed around \
          a record, which leaves 98 for the record itself.
          """,
        fix: """
          Remove the additional levels. Records from Strava have about ten levels, so another program wrapped this \
          one.
          """,
        example: .commands(
          #"""
          open=$(printf '[%.0s' $(seq 120))
          close=$(printf ']%.0s' $(seq 120))
          echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example", "clubs": '"$open$close}" > deep.json
          strava-store validate deep.json
          """#,
          corrected: #"""
            echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example", "clubs": []}' > flat.json
            strava-store validate flat.json
            """#))
    case .inexactNumber:
      RuleGuide(
        "Number without an exact representation",
        why: """
          The number has more than 34 significant digits, or its magnitude exceeds the range of decimal128. To store \
          it, the program would have to round it, which would change the data silently.
          """,
        fix: "Round the number in the program that writes it, or write it as a string.",
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z",
            "distance": 5012.30000000000000000000000000000000001
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z",
              "distance": 5012.3
            }
            """#))
    case .tooLarge:
      RuleGuide(
        "Record too large",
        why: """
          MongoDB accepts documents of at most 16 MiB. A record whose text is longer than 32 MiB is not even read into \
          memory.
          """,
        fix: "Move large parts, such as streams, out of the record.",
        example: .commands(
          #"""
          text=$(head -c 17000000 /dev/zero | tr '\0' x)
          printf '{"id": 900000001, "resource_state": 2, "firstname": "%s", "lastname": "Example"}' "$text" > large.json
          strava-store validate large.json
          """#,
          corrected: #"""
            echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' > small.json
            strava-store validate small.json
            """#))
    case .notJSON:
      RuleGuide(
        "Input is not JSON",
        why: """
          The input does not begin with JSON and contains none. It may be a CSV file, an HTML page, an image, an \
          archive of an unsupported type, or text in another encoding such as UTF-16.
          """,
        fix: "Import the JSON itself. Convert UTF-16 with `iconv -f UTF-16 -t UTF-8`.",
        example: .file(
          #"""
          id,sport_type,start_date,distance
          90000000001,Run,2024-05-01T06:30:00Z,5012.3
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
            }
            """#))
    case .notAnObject:
      RuleGuide(
        "Value is not a JSON object",
        why: """
          A record is a JSON object. This value is a string, a number, a boolean, null or a nested array, which \
          contains no fields.
          """,
        fix: "Check the program that wrote the input. It may have written a list of ids instead of the records.",
        example: .file(
          #"""
          [90000000001, 90000000002]
          """#,
          corrected: #"""
            [
              {
                "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
                "start_date": "2024-05-01T06:30:00Z", "distance": 5012.3
              }
            ]
            """#))
    default:
      RuleGuide(
        "Invalid JSON",
        why: """
          The record violates the JSON grammar (RFC 8259) at the position shown. Typical causes are a trailing comma, \
          a missing quotation mark and NaN. The program cannot know what the text means, so it rejects the record. The \
          records before and after it are not affected.
          """,
        fix: """
          Correct the text at that position, or correct the program that writes it. A JSON library writes valid JSON; \
          string formatting often does not.
          """,
        example: .file(
          #"""
          {
            "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
            "start_date": "2024-05-01T06:30:00Z", "moving_time": 1501,
            "distance": NaN
          }
          """#,
          corrected: #"""
            {
              "id": 90000000001, "resource_state": 2, "athlete": {"id": 900000001}, "sport_type": "Run",
              "start_date": "2024-05-01T06:30:00Z", "moving_time": 1501,
              "distance": null
            }
            """#))
    }
  }
}
