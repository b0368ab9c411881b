import BSON

/// The collections of a database in the platform's form.
///
/// The platform's backend does not seal what it writes, so the validators of this form accept a value of a sealed class
/// in clear too. The check of stored documents reports it.
extension StoredCollection {
  var inPlatformForm: StoredCollection {
    StoredCollection(
      name: name, description: description, records: records, fields: fields.flatMap(platformFields),
      indexes: indexes.flatMap(platformIndexes), form: .platform)
  }

  private func platformFields(_ field: FieldSchema) -> [FieldSchema] {
    switch (name, field.stored?.name) {
    case ("activities", "user_id"), ("insights", "user_id"):
      var owner = field
      owner.stored?.type = .int64
      owner.storedRange = .atLeast(1)
      owner.example = 900_000_001
      owner.description = "The athlete's id at Strava."
      owner.reference = FieldReference(collection: "users", field: "strava_id")
      return [owner]
    case ("activities", "strava_activity_id"):
      return [
        field,
        .storeOnly("strava_id", .int64, "The activity's id at Strava again.", range: .atLeast(1))
          .like(90_000_000_001).missing("documents that were not adopted"),
      ]
    case ("activities", "type"):
      return [
        field,
        .storeOnly("activity_type", .string, "The same as type.").like("Run")
          .missing("documents that were not adopted"),
      ]
    default: return [field]
    }
  }

  private func platformIndexes(_ index: IndexSchema) -> [IndexSchema] {
    guard name == "activities" else { return [index] }
    switch index.name {
    case "strava_activity_id_1":
      return [index, .on("strava_id", unique: true, sparse: true, serves: "the platform's sync")]
    case "user_id_1_type_1_start_date_-1":
      return [.on("user_id", "activity_type", "-start_date", serves: "the same by type")]
    default: return [index]
    }
  }
}
