extension Rule {
  var keyGuide: RuleGuide {
    switch self {
    case .dataKeyDoesNotOpen:
      RuleGuide(
        "A data key that does not open",
        why: "Nothing that is sealed under it can be read. The key file lacks the master key that wraps it, or its "
          + "document in data_keys was changed.",
        mend: "Use the newest key file, or one from a backup that holds the master key named; take the document from "
          + "a backup.")
    case .retiredKeyInUse:
      RuleGuide(
        "A retired data key that is still needed",
        why: "Values are sealed under it that could not be sealed anew, each with a finding of its own; without the "
          + "key nobody could ever read them. It was not deleted.",
        mend: "See to the values named, and run `strava-store keys purge` again.")
    case .misdatedKey:
      RuleGuide(
        "A retired data key whose dates cannot be right",
        why: "A data key is deleted 24 hours after it was retired, since an importer may use it until then. Its "
          + "retired_at lies before its created_at, or in the future by the server's clock, and does not tell how long "
          + "that was. It was not deleted.",
        mend: "Set retired_at of the document in data_keys to the present time, and run `strava-store keys purge` 24 "
          + "hours later. Where a server's clock is wrong, set that first.")
    default:
      RuleGuide(
        "An athlete without a data key",
        why: "Nothing of this athlete's was ever sealed in this database, or the keys were destroyed before.",
        mend: "Check the athlete's id at Strava, and the database's name.")
    }
  }
}
