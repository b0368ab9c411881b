extension Rule {
  /// The guides of the rules about files, directories and archives.
  var inputGuide: RuleGuide {
    switch self {
    case .emptyInput:
      RuleGuide(
        "Empty input",
        why: "The input contains no records. This may be the result of a failed download.",
        fix: "Fetch the dump again, or do not pass this file.",
        example: .commands(
          #"""
          : > activities.json
          strava-store validate activities.json
          """#,
          corrected: #"""
            echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' > activities.json
            strava-store validate activities.json
            """#))
    case .nothingToRead:
      RuleGuide(
        "Nothing to read in a directory, archive or database",
        why: """
          The directory or archive contains no file whose name ends like a JSON dump, or the database contains no \
          documents in the collections of strava-store.
          """,
        fix: """
          Check the path or the database name. In directories and archives, files are selected by name: .json, \
          .ndjson, .jsonl, and the same names with a compression suffix. Use `--include GLOB` to read files with other \
          names.
          """,
        example: .commands(
          #"""
          mkdir dump
          echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' > dump/athlete.txt
          strava-store validate dump
          """#,
          corrected: #"""
            strava-store validate --include 'athlete.txt' dump
            """#))
    case .changedWhileRead:
      RuleGuide(
        "File changed while it was read",
        why: """
          Another process wrote to the file while it was read, so the text may be a mixture of two versions. The \
          records were still checked like all others.
          """,
        fix: """
          Import the file again after the other process has finished. Write dumps to a temporary name and rename them \
          when they are complete.
          """,
        example: .commands(
          #"""
          fetch-activities > activities.json &
          strava-store validate activities.json
          """#,
          corrected: #"""
            fetch-activities > activities.json
            strava-store validate activities.json
            """#))
    case .damagedArchive:
      RuleGuide(
        "Damaged archive or compressed file",
        why: """
          The file ends too early, fails its checksum, is encrypted, or is not in the format that its name says. \
          Records read before the damage are complete, and they are stored.
          """,
        fix: "Fetch the file again and import it. Records that are already stored are not written again.",
        example: .commands(
          #"""
          echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' | gzip > athlete.json.gz
          head -c -4 athlete.json.gz > truncated.json.gz
          strava-store validate truncated.json.gz
          """#,
          corrected: #"""
            strava-store validate athlete.json.gz
            """#))
    case .jsonInText:
      RuleGuide(
        "JSON inside a string",
        why: """
          The object contains records as JSON text inside a string. Exports of Postman, HAR files of browsers and raw \
          tables of Airbyte have this form. The records inside the string are not read.
          """,
        fix: """
          Extract the string first, for example with `jq -r '.. | .body? // empty | strings'`, and import the result.
          """,
        example: .file(
          #"""
          {
            "name": "List activities",
            "response": {"status": 200, "body": "[{\"id\": 90000000001, \"resource_state\": 2, \"athlete\": {\"id\": 900000001}, \"sport_type\": \"Run\", \"start_date\": \"2024-05-01T06:30:00Z\", \"distance\": 5012.3}]"}
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
    case .notLookedAt:
      RuleGuide(
        "Files that were not read",
        why: """
          In directories and archives, files are selected by the suffix of their names. Hidden files, `node_modules`, \
          Python virtual environments, and the files of an account archive with secrets, a home address or data of \
          other people are always ignored. The tables of an account archive that are not stored are listed by name.
          """,
        fix: """
          No action is needed, unless one of the files is a dump. In that case pass the file by its own path, or \
          select it with `--include GLOB`.
          """,
        example: .commands(
          #"""
          mkdir dump
          echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' > dump/athlete.json
          echo 'Exported in May.' > dump/notes.txt
          strava-store validate dump
          """#,
          corrected: #"""
            strava-store validate dump/athlete.json
            """#))
    case .nothingOfStrava:
      RuleGuide(
        "File without Strava data",
        why: """
          A file in the directory or archive is JSON, but none of its objects is of a known kind. It was probably put \
          there for another purpose.
          """,
        fix: """
          No action is needed. Use `--exclude GLOB` to ignore the file. If you pass the file by its own path, each of \
          its objects is reported as an error.
          """,
        example: .commands(
          #"""
          mkdir dump
          echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' > dump/athlete.json
          echo '{"theme": "dark", "language": "en"}' > dump/settings.json
          strava-store validate dump
          """#,
          corrected: #"""
            strava-store validate --exclude settings.json dump
            """#))
    default:
      RuleGuide(
        "Unreadable input",
        why: """
          The operating system cannot open or read the input: it does not exist, or you do not have permission. The \
          exit code is 2, because nothing is known about the records in it.
          """,
        fix: "Check the path and the permissions.",
        example: .commands(
          #"""
          echo '{"id": 900000001, "resource_state": 2, "firstname": "Ada", "lastname": "Example"}' > athlete.json
          strava-store validate athletes.json
          """#,
          corrected: #"""
            strava-store validate athlete.json
            """#))
    }
  }
}
