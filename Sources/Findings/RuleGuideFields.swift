extension Rule {
  var fieldGuide: RuleGuide {
    switch self {
    case .wrongType:
      RuleGuide(
        "A value of another type",
        why: "The field has one type in the store. Whole floats, integers for floats and null are taken everywhere.",
        mend: "Look at what re-saved the record; Strava sends the type that is named.")
    case .missing:
      RuleGuide(
        "A required field is missing", why: "Without it the record cannot be found again, or placed in time.",
        mend: "Fetch the record again.")
    case .outOfRange:
      RuleGuide(
        "A value out of its range", why: "No such value can be measured: a negative distance, a confidence of 2.",
        mend: "Correct it at its source.")
    case .badDate:
      RuleGuide(
        "A date that is none", why: "It is not in ISO 8601, or the day does not exist.",
        mend: "Write it as `2024-02-29T06:30:00Z`.")
    case .badCoordinate:
      RuleGuide(
        "A coordinate that is none",
        why: "A place is [latitude, longitude] in degrees, −90 to 90 and −180 to 180; [] and null mean none.",
        mend: "Check the order: latitude comes first.")
    case .badIdentifier:
      RuleGuide(
        "An id that is none", why: "Ids are whole numbers above 0 within 64 bits; records are kept by them.",
        mend: "Fetch the record again; an id of 20 or more digits comes from a documentation sample.")
    case .resavedIdentifier:
      RuleGuide(
        "An id that was re-saved",
        why: "It came as a text or a float. Its digits are whole, but a program that did this may have changed others.",
        mend: "Nothing to do for this record; prefer the original response where there is one.")
    case .dateWithoutZone:
      RuleGuide(
        "A date without a zone",
        why: "It is taken as UTC, which Strava means; another program may have meant local time.",
        mend: "Add `Z` if it is UTC.")
    case .fractionCut:
      RuleGuide(
        "A time with a fraction of a second",
        why: "Strava sends `expires_at` in whole seconds. Another program wrote this one; the fraction is cut off, so "
          + "that the token counts as expired earlier rather than later.",
        mend: "Nothing to do.")
    case .onlyLocalStart:
      RuleGuide(
        "Only a local start", why: "The instant was worked out as the local time minus `utc_offset`.",
        mend: "Nothing to do.")
    case .unknownField:
      RuleGuide(
        "A field that is not known",
        why: "It is kept in `raw_data`. Strava adds fields now and then; a known one may have been misspelt.",
        mend: "Nothing to do; with `--strict` it rejects the record.")
    default:
      RuleGuide(
        "A value that is not known",
        why: "It is kept as it is. Strava adds sports now and then.",
        mend: "Nothing to do; with `--strict` it rejects the record.")
    }
  }

  var storeGuide: RuleGuide {
    switch self {
    case .tokenWithoutAthlete:
      RuleGuide(
        "A token that names no athlete",
        why: "A refresh response does not say whose token it is. A token belongs to the athlete that it names in "
          + "`athlete` or `athlete_id`, else to the athlete of the object around it. A key around it that looks like an "
          + "id may be another number, so it is not taken for the athlete's.",
        mend: "Give `--athlete ID`, or put the athlete's id into the response: `\"athlete\": {\"id\": …}`.")
    case .activityWithoutAthlete:
      RuleGuide(
        "An activity of nobody",
        why: "It names no athlete, and neither does an object around it that stands first or is at most 16 MiB.",
        mend: "Give `--athlete ID`, which holds for all activities and tokens that name none.")
    case .otherAthlete:
      RuleGuide(
        "A record of another athlete",
        why: "The record names its athlete, and `--athlete` names another one. One of the two is wrong, and the record "
          + "would be stored under the wrong athlete.",
        mend: "Leave out `--athlete`, or import the records of each athlete by themselves.")
    case .unknownUser:
      RuleGuide(
        "An insight about a user who is not there", why: "Nobody could find it: insights are read by their user.",
        mend: "Import the user or one of their activities first, or in the same run.")
    case .unknownActivity:
      RuleGuide(
        "An insight about an activity that is not there",
        why: "The reference, an `_id`, is kept, and leads nowhere until the activity is there. Strava's id is no such "
          + "case: the `_id` follows from it.",
        mend: "Import the activity.")
    case .differingCopies:
      RuleGuide(
        "Different contents under one id",
        why: "This run brought the same id with other content of the same rank; the later one stands, and an import "
          + "in another order would end differently.",
        mend: "Keep one of the copies, the newer one.")
    case .sealedReject:
      RuleGuide(
        "A reject that cannot be opened",
        why: "It was sealed under another key file, was changed, or was too long for its bytes to be kept.",
        mend: "Use the key file of the import that wrote it.")
    case .wrongKey:
      RuleGuide(
        "Another key file",
        why: "What is to be opened was sealed under a key that is not in the key file given. The exit code is 2.",
        mend: "Give the key file that it was sealed under.")
    case .alteredRecord:
      RuleGuide(
        "A record that is not as it was imported",
        why: "`raw_data` is another than the one that `source.digest` was made of, or is gone: somebody wrote to it "
          + "since. The typed fields beside it, and what an export of the record gives, may not be what Strava sent.",
        mend: "Take it from a backup; or delete the document and import the record again, which would be taken for "
          + "unchanged while its digest stands.")
    case .differsFromRecord:
      RuleGuide(
        "A typed field that is not what its record says",
        why: "Typed fields mirror the record in `raw_data`, and this one has another value, or is there without it, or "
          + "is missing: somebody wrote to it since the import, or it was made by another version of this program.",
        mend: "Where Strava's word counts, take `raw_data`'s value; fields that others write need names of their own.")
    default:
      RuleGuide(
        "The server does not take it",
        why: "The server's validator, an index of somebody's or a limit refused the document; the message says which.",
        mend: "Compare the collection's validator and indexes with the declared ones.")
    }
  }

  var sealingGuide: RuleGuide {
    switch self {
    case .inClear:
      RuleGuide(
        "A value that should be sealed is in clear",
        why: "Who reads the database or a backup of it reads the value. A writer that does not seal put it there, or "
          + "it is older than the policy.",
        mend: "Run `encrypt-migrate`, and have the writer seal what it writes.")
    case .foreignValue:
      RuleGuide(
        "A value that is no envelope of ours",
        why: "A field that is sealed holds something else: ciphertext of another program, or a type that the field "
          + "does not have. It is left as it is, since nobody here can read it.",
        mend: "Find out who wrote it; write the value in clear and run `encrypt-migrate`.")
    case .doesNotOpen:
      RuleGuide(
        "A sealed value that does not open",
        why: "It was changed, cut, or moved from another document, field or athlete, or its key is gone.",
        mend: "Take it from a backup; or delete the document and import the record again, which would be taken for "
          + "unchanged while its digest stands.")
    case .wrongBlindIndex:
      RuleGuide(
        "A blind index that is missing or wrong",
        why: "The user is not found by the user name, mail address or token that is stored.",
        mend: "Run `encrypt-migrate`, which writes it anew.")
    case .noOwner:
      RuleGuide(
        "A document that does not say whose it is",
        why: "Values are sealed under their athlete's key, and this document names no athlete, nor a user who does.",
        mend: "Give it the athlete's Strava id, or remove it.")
    default:
      RuleGuide(
        "A document that others keep changing",
        why: "Each time it was read, somebody else wrote it before it could be sealed.",
        mend: "Run `encrypt-migrate` again.")
    }
  }
}
