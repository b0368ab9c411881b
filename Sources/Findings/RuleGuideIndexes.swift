extension Rule {
  var indexGuide: RuleGuide {
    switch self {
    case .indexDrift:
      RuleGuide(
        "An index that is not as declared",
        why:
          "It is missing, has other options, or a view stands in the collection's place. Queries that it serves read "
          + "every document, and a unique one that is missing lets two importers store one activity twice.",
        mend: "Run `strava-store index`; what stands in its way is told by itself.")
    case .extraIndex:
      RuleGuide(
        "An index that is not declared",
        why: "Nothing here needs it, and every write keeps it up. Somebody may: it is never dropped unasked.",
        mend: "Nothing to do; `strava-store index --prune` drops all that are not declared.")
    case .duplicateKeys:
      RuleGuide(
        "Documents that share a unique key",
        why: "A unique index cannot be built over them, and which of them is the right one only you can tell.",
        mend: "Merge or remove all but one of the documents named, and run the command again.")
    case .validatorDrift:
      RuleGuide(
        "A validator that is not as declared",
        why: "It is missing, has other rules or another level, or only warns, so that writers may store what others "
          + "cannot read, a plaintext token among it.",
        mend: "Run `strava-store index`. A validator with rules of another author is kept and shown in full; "
          + "`--replace-validators` replaces it.")
    case .failsValidator:
      RuleGuide(
        "A document that fails the validator",
        why: "A strict validator would refuse the next change of it, even one of another field.",
        mend: "Mend the fields named (`encrypt-migrate` seals what is in clear), or use `--validation moderate`.")
    case .losesDocuments:
      RuleGuide(
        "A collection that loses documents",
        why: "It is capped, a time-series collection or a view, or has an index by which documents expire. What import "
          + "counts as stored would be gone later, so that import does not begin. For insights it is a warning.",
        mend: "Drop the index (`strava-store index --prune`), or copy the documents into an ordinary collection.")
    default:
      RuleGuide(
        "A step that could not be done",
        why: "The server refused it, somebody changed the index meanwhile, or it needs a flag; the message says which.",
        mend: "Do what the message says, and run the command again: what is done already is kept.")
    }
  }
}
