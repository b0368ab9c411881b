extension Rule {
  /// The guides of the rules about the form of a database.
  var formGuide: RuleGuide {
    switch self {
    case .otherForm:
      RuleGuide(
        "Document in the other form than the database",
        why: """
          A database has one form: in the specification's form, user_id is the _id of a user; in the platform's form, it \
          is the athlete's Strava id. store_settings records which. Queries by user_id do not find a document of the \
          other form. A program that does not know the form has written it.
          """,
        fix: """
          Find the program that writes such documents. Import keeps the user_id that a document has, so correct it with \
          an update of your own. If all documents have the platform's form, see docs/adopting.md.
          """,
        example: .database(
          #"""
          {strava_activity_id: 90000000001, user_id: 900000001}  // the database has the specification's form
          """#,
          corrected: #"""
            {strava_activity_id: 90000000001, user_id: ObjectId("65f0c0ffee0123456789abcd")}
            """#))
    case .sameActivity:
      RuleGuide(
        "Several documents of one activity",
        why: """
          Each activity has one document, and a unique index keeps it so. Without the index, two writers have stored the \
          same activity twice. Until one of the documents is deleted, the index cannot be created, and import ends with \
          exit code 2.
          """,
        fix: "Compare the documents that the finding names, keep one of them, and run `\(Remedy.adoption)` again.",
        example: .database(
          #"""
          {_id: ObjectId("65f0c0ffee0123456789ab18"), strava_activity_id: 90000000001}
          {_id: ObjectId("65f0c0ffee0123456789ab19"), strava_id: 90000000001}
          """#,
          corrected: #"""
            {_id: ObjectId("65f0c0ffee0123456789ab18"), strava_activity_id: 90000000001, strava_id: 90000000001}
            """#))
    case .conflictingIDs:
      RuleGuide(
        "Activity without one Strava id",
        why: """
          strava_activity_id and strava_id both are the activity's id at Strava, so they must be equal. The document has \
          two different ids, or none at all, so nobody can say which activity it is.
          """,
        fix: "Look at raw_data.id, correct the document or delete it, and run `\(Remedy.adoption)` again.",
        example: .database(
          #"""
          {strava_activity_id: 90000000001, strava_id: 90000000002, raw_data: {id: 90000000002}}
          """#,
          corrected: #"""
            {strava_activity_id: 90000000002, strava_id: 90000000002, raw_data: {id: 90000000002}}
            """#))
    case .fernetText:
      RuleGuide(
        "Fernet token in place of a secret",
        why: """
          The platform's backend encrypts tokens with Fernet before it stores them. Such a text is not sealed as it is: \
          whoever decrypted it would take the ciphertext for the token. It is not in clear either, but its key is the \
          backend's, and no blind index finds it.
          """,
        fix: """
          Run `strava-store encrypt-migrate --fernet-key-file FILE` with the backend's keys, which decrypts the token and \
          seals it. As long as the backend reads the Fernet text, leave it.
          """,
        example: .database(
          #"""
          {strava_id: 900000001, access_token: "gAAAAABmN2..."}
          """#,
          corrected: #"""
            {strava_id: 900000001, access_token: BinData(128, "AQGkf2s1…")}
            """#))
    case .fernetUnreadable:
      RuleGuide(
        "Fernet token that the given keys do not decrypt",
        why: """
          The text begins like a Fernet token, and none of the given keys has made it: another key did, or the text was \
          changed or truncated. It is left unchanged.
          """,
        fix: """
          Add the earlier keys of the backend to the file of Fernet keys, newest first. If the key is lost, the athlete \
          has to sign in again.
          """,
        example: .database(
          #"""
          {strava_id: 900000001, access_token: "gAAAAABmN2..."}  // the backend's key was replaced
          """#,
          corrected: #"""
            {strava_id: 900000001, access_token: BinData(128, "AQGkf2s1…")}
            """#))
    default:
      RuleGuide(
        "Database that is not adopted as a whole",
        why: """
          In the platform's form, each activity has strava_activity_id, strava_id, type, activity_type and athlete_id. \
          Some activities lack one of them: the backend has written them since the adoption, or the adoption was stopped.
          """,
        fix: "Run `\(Remedy.adoption)` again. It reads all activities and changes only those that lack a field.",
        example: .database(
          #"""
          {strava_activity_id: 90000000001, strava_id: 90000000001, user_id: 900000001, activity_type: "Run"}
          """#,
          corrected: #"""
            {strava_activity_id: 90000000001, strava_id: 90000000001, user_id: 900000001, activity_type: "Run",
             type: "Run", athlete_id: 900000001}
            """#))
    }
  }
}
