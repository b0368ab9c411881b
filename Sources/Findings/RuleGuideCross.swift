extension Rule {
  /// Fields that contradict each other: the record is stored as it is.
  var crossGuide: RuleGuide {
    switch self {
    case .offsetMismatch:
      RuleGuide(
        "Local and UTC start do not fit",
        why: "`start_date_local` minus `start_date` is `utc_offset` in every record of Strava's. Another program moved "
          + "one of the times, often by taking the local one's false `Z` for UTC.",
        mend: "Import the original response; the hour of the day is wrong in one of the two.")
    case .averageAboveMaximum:
      RuleGuide(
        "An average above its maximum",
        why: "It occurs in Strava's own data, where the two come from different filters. Where a whole dump has it, "
          + "units were mixed.",
        mend: "Nothing to do for single records.")
    case .movingBeyondElapsed:
      RuleGuide(
        "More moving than elapsed time",
        why: "One second more is rounding and is not told. More than that was edited, or converted wrongly.",
        mend: "Fetch the record again.")
    case .badPolyline:
      RuleGuide(
        "A polyline that does not decode",
        why: "It was cut, or its backslashes were escaped once too often or too seldom: the track would be drawn to "
          + "places that are not on Earth, or not at all.",
        mend: "Fetch the record again; when copying polylines through a shell or a CSV, keep backslashes.")
    case .zeroedIdentifier:
      RuleGuide(
        "Ids that lost their last digits",
        why: "Ids of segment efforts are above 2^53. JavaScript reads such numbers as doubles and prints zeros for the "
          + "digits that do not fit, so these ids name nothing at Strava.",
        mend: "Import the original response, or have the program that re-saves it keep big integers.")
    case .lowAboveHigh:
      RuleGuide(
        "The lowest place above the highest",
        why: "`elev_low` and `elev_high` were swapped, or come from different sources.",
        mend: "Fetch the record again.")
    default:
      RuleGuide(
        "has_heartrate does not fit the heart rates",
        why: "Strava's own data has it at times: the flag is false and the averages are there, or the other way round.",
        mend: "Nothing to do; go by the heart rates.")
    }
  }
}
