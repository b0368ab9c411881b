extension Rule {
  /// The guides of the rules about the account archive.
  var archiveGuide: RuleGuide {
    switch self {
    case .badRow:
      RuleGuide(
        "Invalid row of activities.csv",
        why: """
          The row does not have one cell for each column of the header, a quote in it is not closed or not doubled, or \
          it is not UTF-8. An editor or a spreadsheet may have changed the file. Only this row is rejected: reading \
          continues at the next line that begins with an activity id.
          """,
        fix: "Import the file as it is in the archive. If the archive itself has this row, correct it by hand.",
        example: .commands(
          #"""
          printf '%s\n' 'Activity ID,Activity Date,Activity Type' '90000500001,"May 1, 2024, 6:30:00 AM"' > activities.csv
          strava-store validate activities.csv --athlete 900000001
          """#,
          corrected: #"""
            printf '%s\n' 'Activity ID,Activity Date,Activity Type' '90000500001,"May 1, 2024, 6:30:00 AM",Run' > activities.csv
            strava-store validate activities.csv --athlete 900000001
            """#))
    case .unknownHeader:
      RuleGuide(
        "activities.csv in an unknown language",
        why: """
          The labels in the first row are those of no known language, so it is unknown what the columns contain. \
          Nothing of the file is read, and nothing is guessed. Known are English, German, Spanish, French, Italian, \
          Dutch, Russian, Japanese and Chinese, and the English keys of files from before July 2019.
          """,
        fix: """
          Set the language of the account to English at Strava, and request the archive again. Please also report the \
          header row that the message shows: it contains no personal data.
          """,
        example: .commands(
          #"""
          printf '%s\n' 'Aktivitets-id,Aktivitetsdato,Aktivitetstype' '90000500001,"1. maj 2024, 06.30.00",Lob' > activities.csv
          strava-store validate activities.csv --athlete 900000001
          """#,
          corrected: #"""
            printf '%s\n' 'Activity ID,Activity Date,Activity Type' '90000500001,"May 1, 2024, 6:30:00 AM",Run' > activities.csv
            strava-store validate activities.csv --athlete 900000001
            """#))
    case .archiveWithoutAthlete:
      RuleGuide(
        "Account archive of an unknown athlete",
        why: """
          The rows of `activities.csv` do not say whose activities they are. The name of the archive (export_ID.zip) or \
          of its folder says it, or the `profile.csv` beside the file. Standard input has neither.
          """,
        fix: "Use `--athlete ID`, or pass the archive under the name that it had.",
        example: .commands(
          #"""
          printf '%s\n' 'Activity ID,Activity Date,Activity Type' '90000500001,"May 1, 2024, 6:30:00 AM",Run' > activities.csv
          strava-store validate activities.csv
          """#,
          corrected: #"""
            strava-store validate activities.csv --athlete 900000001
            """#))
    case .athletesDisagree:
      RuleGuide(
        "Account archive with two athletes",
        why: """
          The name of the archive, its `profile.csv` and the option name different athletes. Nothing of the file is \
          read, since activities stored for the wrong athlete are hard to find again.
          """,
        fix: "Remove the option, or give the archive the name that it had.",
        example: .commands(
          #"""
          mkdir export_900000001
          printf '%s\n' 'Activity ID,Activity Date,Activity Type' '90000500001,"May 1, 2024, 6:30:00 AM",Run' \
            > export_900000001/activities.csv
          strava-store validate export_900000001 --athlete 900000002
          """#,
          corrected: #"""
            strava-store validate export_900000001
            """#))
    case .unknownColumn:
      RuleGuide(
        "Unknown column of activities.csv",
        why: """
          The label of the column is not known, in this language or in English. Strava adds columns several times a \
          year. The cells are kept in `export_row`, under the label itself.
          """,
        fix: "No action is needed. Please report the label, so that the next version knows it.",
        example: .commands(
          #"""
          printf '%s\n' 'Activity ID,Activity Date,Shoe Size' '90000500001,"May 1, 2024, 6:30:00 AM",43' > activities.csv
          strava-store validate activities.csv --athlete 900000001
          """#,
          corrected: #"""
            printf '%s\n' 'Activity ID,Activity Date' '90000500001,"May 1, 2024, 6:30:00 AM"' > activities.csv
            strava-store validate activities.csv --athlete 900000001
            """#))
    default:
      RuleGuide(
        "Activity whose file Strava lost",
        why: """
          The Filename of the row is `#error#`: Strava could not put the uploaded file into the archive. The row itself \
          is complete and is stored.
          """,
        fix: "No action is needed. If you still have the original file of the device, keep it.",
        example: .commands(
          #"""
          printf '%s\n' 'Activity ID,Activity Date,Filename' '90000500001,"May 1, 2024, 6:30:00 AM",#error#' > activities.csv
          strava-store validate activities.csv --athlete 900000001
          """#,
          corrected: #"""
            printf '%s\n' 'Activity ID,Activity Date,Filename' '90000500001,"May 1, 2024, 6:30:00 AM",' > activities.csv
            strava-store validate activities.csv --athlete 900000001
            """#))
    }
  }
}
