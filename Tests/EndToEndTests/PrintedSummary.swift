/// The JSON object that an import prints with --json.
struct PrintedSummary: Decodable, Sendable {
  struct Counts: Decodable, Sendable, Equatable {
    var read = 0
    var new = 0
    var updated = 0
    var unchanged = 0
    var superseded = 0
    var rejected = 0
    var skipped = 0
    var valid = 0
    var unwritten = 0

    /// Each record counts in exactly one of these.
    var settled: Int { new + updated + unchanged + superseded + rejected + skipped + valid + unwritten }

    static func + (a: Counts, b: Counts) -> Counts {
      Counts(
        read: a.read + b.read, new: a.new + b.new, updated: a.updated + b.updated,
        unchanged: a.unchanged + b.unchanged, superseded: a.superseded + b.superseded,
        rejected: a.rejected + b.rejected, skipped: a.skipped + b.skipped, valid: a.valid + b.valid,
        unwritten: a.unwritten + b.unwritten)
    }
  }

  struct Note: Decodable, Sendable {
    let rule: String
    let kind: String
    let field: String
    let value: String?
    let count: Int
  }

  let command: String
  let run: String
  let database: String
  let dryRun: Bool
  let kinds: [String: Counts]
  let unreadable: Int
  let total: Counts
  let stubs: Int
  let errors: Int
  /// The number of findings by rule.
  let findings: [String: Int]
  let notes: [Note]
  let failure: String?
  /// The reason why the run ended before its input.
  let stopped: String?
  /// The bytes of text, after decompression.
  let bytes: Int
  let seconds: Double
  let exitCode: Int32

  enum CodingKeys: String, CodingKey {
    case command, run, database
    case dryRun = "dry_run"
    case kinds, unreadable, total, stubs, errors, findings, notes, failure, stopped, bytes, seconds
    case exitCode = "exit_code"
  }

  var activities: Counts { kinds["activity"] ?? Counts() }
  var athletes: Counts { kinds["athlete"] ?? Counts() }
  var tokens: Counts { kinds["token"] ?? Counts() }
  var insights: Counts { kinds["insight"] ?? Counts() }

  /// Returns why the counts cannot all be correct, or nil.
  var contradiction: String? {
    for (kind, counts) in kinds where counts.read != counts.settled {
      return "\(kind): \(counts.read) read, \(counts.settled) settled"
    }
    var sum = kinds.values.reduce(Counts(), +)
    sum.read += unreadable
    sum.rejected += unreadable
    return sum == total ? nil : "the kinds make \(sum), the total says \(total)"
  }
}
