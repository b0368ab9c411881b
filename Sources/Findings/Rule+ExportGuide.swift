extension Rule {
  /// The guide of the rule about exports.
  var exportGuide: RuleGuide {
    RuleGuide(
      "Leftover of an export",
      why: """
        An export writes its file or folder under a hidden name, and renames it when it is complete. This one was killed \
        before that, or is still running. The leftover may contain decrypted values.
        """,
      fix: "If no export is running, delete the leftover.",
      example: .commands(
        #"""
        ls -A
        .users.ndjson.3F2504E0.partial
        """#,
        corrected: #"""
          rm .users.ndjson.3F2504E0.partial
          """#))
  }
}
