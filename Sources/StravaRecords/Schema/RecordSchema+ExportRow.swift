import BSON

extension RecordSchema {
  /// The schema of a row of `activities.csv`, which is a part of its own of an activity document.
  public static let exportRow = RecordSchema(
    kind: .exportRow, collection: "activities",
    description: "A row of activities.csv in the account archive, with the texts of its cells.",
    fields: [
      .readOnly("export_row", .object, "The cells with content, by the English labels of their columns."),
      .readOnly("locale", .text, "The language of the file."),
      .storeOnly("export_row", .document, "The activity's row in the account archive.").holding([
        .storeOnly(
          "row", .document,
          "The cells with content, by the English labels of their columns; the second column of a label as "
            + "`Distance (2)`."
        ).holding(classedColumns),
        .storeOnly("locale", .string, "The language of the file.").like("de"),
        .storeOnly("source", .document, "Where the row came from.").holding(source),
      ]).missing("activities that no account archive brought"),
    ],
    otherKeys: [])

  /// The columns of the account archive that have a class. Their cells are texts.
  private static let classedColumns: [FieldSchema] = [
    cell("Activity Private Note", "The athlete's own note."),
    cell("Athlete Weight", "In kilograms."),
    cell("Max Heart Rate", "Highest heart rate, in beats per minute."),
    cell("Max Heart Rate (2)", "The same, often empty."),
    cell("Average Heart Rate", "In beats per minute."),
    cell("Relative Effort", "Relative effort, by Strava's own scale."),
    cell("Relative Effort (2)", "The same."),
    cell("Perceived Exertion", "From 1 to 10."),
    cell("Perceived Relative Effort", "By Strava's own scale."),
    cell("Calories", "In kilocalories."),
  ]

  private static func cell(_ column: String, _ description: String) -> FieldSchema {
    .storeOnly(column, .string, description).missing("rows without it")
  }
}
