import BSON

extension RecordSchema {
  /// The stored names of the fields that a profile in an account archive can fill.
  public static let profileFields = ["firstname", "lastname", "sex", "weight", "city", "state", "country"]

  /// The schema of the profile in an account archive, which is a part of its own of a user document.
  public static let exportProfile = RecordSchema(
    kind: .exportProfile, collection: "users",
    description: "The profile, the bikes and the shoes in an account archive, with the texts of their cells.",
    fields: [
      .readOnly("export_profile", .object, "The tables: their cells with content, by the labels of their columns.")
        .like([
          "profile": ["Athlete ID": "900000001", "First Name": "Ada"], "bikes": [["Bike Name": "City bike"]],
          "shoes": [],
        ]),
      .readOnly("athlete_id", .identifier, "Whose archive it is.").like(900_000_001),
      .storeOnly("export_profile", .document, "What the athlete's account archive says about the athlete.").holding([
        .storeOnly("profile", .document, "The cells of profile.csv, sealed whole.").sealedWhole(as: .identity)
          .missing("archives without it"),
        .storeOnly("bikes", .array, "The rows of bikes.csv, sealed whole.").ofElements(.document)
          .sealedWhole(as: .identity).missing("archives without it"),
        .storeOnly("shoes", .array, "The rows of shoes.csv, sealed whole.").ofElements(.document)
          .sealedWhole(as: .identity).missing("archives without it"),
        .storeOnly("source", .document, "Where the profile came from.").holding(source).missing("never"),
      ]).missing("users whose account archive was never imported"),
    ],
    otherKeys: [])
}
