extension Rule {
  /// The guides of the rules about sealed values in the database.
  var sealingGuide: RuleGuide {
    switch self {
    case .inClear:
      RuleGuide(
        "Unencrypted value of a sealed class",
        why: """
          The sealing policy requires encryption for this value, but it is stored in clear. Everyone who can read the \
          database or a backup can read it. A program that does not encrypt wrote it, or it is older than the policy.
          """,
        fix: "Run `strava-store encrypt-migrate`. Change the program that writes the value so that it encrypts it.",
        example: .database(
          #"""
          {strava_id: 900000001, email: "ada@example.com"}
          """#,
          corrected: #"""
            {strava_id: 900000001, email: BinData(128, "AQGkf2s1…")}
            """#))
    case .foreignValue:
      RuleGuide(
        "Value that is not a sealed value of strava-store",
        why: """
          The field must contain a sealed value, and its content is something else, such as ciphertext of another \
          program or a value of another type. strava-store cannot read it and leaves it unchanged.
          """,
        fix: """
          Find the program that wrote the value. Replace it by the unencrypted value and run `strava-store \
          encrypt-migrate`.
          """,
        example: .database(
          #"""
          {strava_id: 900000001, email: BinData(0, "c29tZXRoaW5n")}
          """#,
          corrected: #"""
            {strava_id: 900000001, email: BinData(128, "AQGkf2s1…")}
            """#))
    case .undecryptableValue:
      RuleGuide(
        "Sealed value that cannot be decrypted",
        why: """
          The value was changed, truncated, or copied from another document, field or athlete, or its data key was \
          deleted.
          """,
        fix: """
          Restore the document from a backup. Or delete the document and import the record again. Without the \
          deletion, import counts the record as unchanged, because its digest is the same.
          """,
        example: .database(
          #"""
          {strava_id: 900000002, email: BinData(128, "AQGkf2s1…")}  // copied from athlete 900000001
          """#,
          corrected: #"""
            {strava_id: 900000002, email: BinData(128, "AQGx07Qe…")}
            """#))
    case .wrongBlindIndex:
      RuleGuide(
        "Missing or wrong blind index",
        why: """
          A blind index makes a sealed user name, e-mail address or token searchable. This one is missing or does not \
          match the stored value, so a search for the value does not find the user.
          """,
        fix: "Run `strava-store encrypt-migrate`, which computes the blind index again.",
        example: .database(
          #"""
          {strava_id: 900000001, email: BinData(128, "AQGkf2s1…")}
          """#,
          corrected: #"""
            {
              strava_id: 900000001, email: BinData(128, "AQGkf2s1…"),
              email_hash: BinData(0, "Wq3o…")
            }
            """#))
    case .noOwner:
      RuleGuide(
        "Document without an athlete",
        why: """
          Values are encrypted with the data key of their athlete. This document contains no Strava id of an athlete, \
          and no reference to a user that has one.
          """,
        fix: "Set `athlete_id` to the Strava id of the athlete, or delete the document.",
        example: .database(
          #"""
          {strava_activity_id: 90000000001, private_note: "Felt good."}
          """#,
          corrected: #"""
            {strava_activity_id: 90000000001, athlete_id: 900000001, private_note: "Felt good."}
            """#))
    default:
      RuleGuide(
        "Document that changes continuously",
        why: """
          Each time the document was read, another program changed it before its encrypted form could be written. It \
          was not changed by this command.
          """,
        fix: "Stop the other program and run the command again.",
        example: .commands(
          #"""
          update-all-users &
          strava-store encrypt-migrate
          """#,
          corrected: #"""
            strava-store encrypt-migrate
            """#))
    }
  }
}
