extension Rule {
  /// The guides of the rules about validators, indexes and collections.
  var indexGuide: RuleGuide {
    switch self {
    case .indexDrift:
      RuleGuide(
        "Index differs from its declaration",
        why: """
          The index is missing, has other options, is still being built, or the collection is a view. Queries that \
          need the index read every document. Without a unique index, two importers can store the same activity twice.
          """,
        fix: "Run `strava-store index`. If something prevents the change, another finding reports it.",
        example: .database(
          #"""
          {name: "strava_activity_id_1", key: {strava_activity_id: 1}}
          """#,
          corrected: #"""
            {name: "strava_activity_id_1", key: {strava_activity_id: 1}, unique: true}
            """#))
    case .extraIndex:
      RuleGuide(
        "Undeclared index",
        why: """
          strava-store does not need this index, and every write must update it. Another program may need it, so it is \
          never dropped without your request.
          """,
        fix: "No action is needed. `strava-store index --prune` drops all undeclared indexes.",
        example: .database(
          #"""
          db.activities.getIndexes()  // includes {name: "kudos_count_1", key: {kudos_count: 1}}
          """#,
          corrected: #"""
            db.activities.dropIndex("kudos_count_1")
            """#))
    case .duplicateKeys:
      RuleGuide(
        "Documents with the same unique key",
        why: """
          A unique index cannot be built, because several documents have the same key. Only you can decide which of \
          them is correct.
          """,
        fix: "Merge the documents, or delete all but one of them. Then run the command again.",
        example: .database(
          #"""
          {_id: ObjectId("65f0c0ffee0123456789ab18"), strava_activity_id: 90000000001}
          {_id: ObjectId("65f0c0ffee0123456789ab19"), strava_activity_id: 90000000001}
          """#,
          corrected: #"""
            {_id: ObjectId("65f0c0ffee0123456789ab18"), strava_activity_id: 90000000001}
            """#))
    case .validatorDrift:
      RuleGuide(
        "Validator differs from its declaration",
        why: """
          The validator of the collection is missing, has other rules, has another validation level, or only logs \
          warnings. Other programs can then write documents that strava-store cannot read, or tokens in clear.
          """,
        fix: """
          Run `strava-store index`. A validator with rules from another author is kept and shown; \
          `--replace-validators` replaces it.
          """,
        example: .database(
          #"""
          db.createCollection("activities")
          """#,
          corrected: #"""
            db.createCollection("activities", {
              validator: {$jsonSchema: {required: ["strava_activity_id"]}},  // strava-store index writes all rules
              validationLevel: "moderate", validationAction: "error"
            })
            """#))
    case .failsValidator:
      RuleGuide(
        "Document violates the validator",
        why: """
          With the validation level `strict`, the server would reject the next update of this document, even an update \
          of another field.
          """,
        fix: """
          Correct the fields that the message names; `strava-store encrypt-migrate` encrypts values that are in clear. \
          Or use `strava-store index --validation moderate`, which does not check existing invalid documents.
          """,
        example: .database(
          #"""
          {strava_activity_id: 90000000001, distance: "5.0 km"}
          """#,
          corrected: #"""
            {strava_activity_id: 90000000001, distance: 5000.0}
            """#))
    case .losesDocuments:
      RuleGuide(
        "Collection that loses documents",
        why: """
          The collection is capped, a time-series collection or a view, or a TTL index deletes its documents after \
          some time. Documents that import counts as stored would disappear later, so import does not start. For \
          insights, this is only a warning.
          """,
        fix: "Drop the TTL index with `strava-store index --prune`, or copy the documents into a normal collection.",
        example: .database(
          #"""
          db.activities.createIndex({start_date: 1}, {expireAfterSeconds: 86400})
          """#,
          corrected: #"""
            db.activities.dropIndex("start_date_1")
            """#))
    case .unusedIndex:
      RuleGuide(
        "Index without use",
        why: """
          No query has used this index since the server counts uses, which is the time of its start, or of the creation of \
          the index. Every write must update it.
          """,
        fix: """
          Wait until every query of your programs has run at least once. Each member of a replica set counts its own \
          queries. A declared index that none of your programs needs costs only write time, and `strava-store index` \
          creates it again. An undeclared one can be dropped.
          """,
        example: .database(
          #"""
          db.activities.aggregate([{$indexStats: {}}])  // {name: "kudos_count_1", accesses: {ops: 0, since: …}}
          """#,
          corrected: #"""
            db.activities.dropIndex("kudos_count_1")
            """#))
    default:
      RuleGuide(
        "Index or validator step that failed",
        why: """
          The server rejected the step, another client changed the index at the same time, or the step needs an \
          option. The message contains the reason.
          """,
        fix: "Do what the message says and run the command again. Steps that succeeded are not repeated.",
        example: .commands(
          #"""
          strava-store index
          """#,
          corrected: #"""
            strava-store index --drop-first  # if the message asks for it: stop all writers first
            """#))
    }
  }
}
