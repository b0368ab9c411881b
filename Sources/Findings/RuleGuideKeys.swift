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
    default:
      RuleGuide(
        "An athlete without a data key",
        why: "Nothing of this athlete's was ever sealed in this database, or the keys were destroyed before.",
        mend: "Check the athlete's id at Strava, and the database's name.")
    }
  }
}
