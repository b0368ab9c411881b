import BSON

extension BSONWriter {
  /// Appends the members of a profile's record: the tables in the stored `export_profile`, and the athlete.
  public mutating func appendProfile(_ stored: BSONView, of athlete: Int64) {
    let tables = begin("export_profile")
    for element in stored where !element.hasKey("source") { append(element) }
    end(tables)
    // Import reads the number from text, which has the smallest type that fits.
    if let small = Int32(exactly: athlete) { append("athlete_id", small) } else { append("athlete_id", athlete) }
  }
}
