import BSON

extension RecordSchema {
  /// The schema of a row of `activities.csv`, which is a part of its own of an activity document.
  public static let exportRow = RecordSchema(
    kind: .exportRow, collection: "activities",
    description: "A row of activities.csv in the account archive, with the texts of its cells.",
    fields: [
      .readOnly("export_row", .object, "The cells with content, by the English labels of their columns.").like([
        "Activity ID": "90000000001", "Activity Date": "May 1, 2024, 6:30:00 AM", "Activity Type": "Run",
      ]),
      .readOnly("locale", .text, "The language of the file.").like("en"),
      .storeOnly("export_row", .document, "The activity's row in the account archive.").holding([
        .storeOnly(
          "row", .document,
          "The cells with content, by the English labels of their columns; the second column of a label as "
            + "`Distance (2)`."
        ).holding(classedColumns).missing("never"),
        .storeOnly("locale", .string, "The language of the file.").like("de").missing("never"),
        .storeOnly("source", .document, "Where the row came from.").holding(source).missing("never"),
      ]).missing("activities that no account archive brought"),
    ],
    otherKeys: [])

  /// The columns of the account archive that have a class. Their cells are texts.
  private static let classedColumns: [FieldSchema] = [
    cell("Activity Private Note", "The athlete's own note.", like: "Only for me"),
    cell("Athlete Weight", "In kilograms.", like: "58.5"),
    cell("Max Heart Rate", "Highest heart rate, in beats per minute.", like: "167.0"),
    cell("Max Heart Rate (2)", "The same, often empty.", like: "167.0"),
    cell("Average Heart Rate", "In beats per minute.", like: "131.4"),
    cell("Relative Effort", "Relative effort, by Strava's own scale.", like: "20"),
    cell("Relative Effort (2)", "The same.", like: "20.0"),
    cell("Perceived Exertion", "From 1 to 10.", like: "5.0"),
    cell("Perceived Relative Effort", "By Strava's own scale.", like: "20.0"),
    cell("Calories", "In kilocalories.", like: "301.5"),
  ]

  private static func cell(_ column: String, _ description: String, like example: String) -> FieldSchema {
    .storeOnly(column, .string, description).like(.string(example)).missing("rows without it")
  }
}
