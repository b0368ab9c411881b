import SourceText
import StravaRecords

/// What an import is asked to do.
public struct ImportOptions: Sendable {
  public enum Origin: String, Sendable, CaseIterable {
    case export
    case api
    case fixture
  }

  /// When to stop for too many errors.
  public enum ErrorLimit: Sendable, Equatable {
    case none
    case count(Int)
    /// Of the records read, in percent; judged from 1,000 records on: a few bad ones at the start say little.
    case percent(Double)

    func isExceeded(errors: Int, records: Int) -> Bool {
      switch self {
      case .none: false
      case .count(let limit): errors > limit
      case .percent(let limit): records >= 1000 && Double(errors) * 100 > limit * Double(records)
      }
    }
  }

  public var paths: [String]
  public var connection: ConnectionChoice
  public var keyFile = KeyFileChoice(path: nil)
  public var origin = Origin.export
  /// Owner of activities that name none.
  public var athlete: Int64?
  public var isDryRun = false
  /// Operations of one bulk write at most.
  public var batchSize = 1000
  /// Threads that write.
  public var writers = 2
  /// What findings weigh: an error rejects its record.
  public var rules = RuleSettings.standard
  /// Kinds that records must be of; none: any.
  public var wantedKinds: Set<RecordKind> = []
  /// The first note of each sort is told as a finding with its place, besides being counted.
  public var tellsNotes = false
  /// The share of the records to import; nil is all.
  public var partition: Partition?
  public var errorLimit = ErrorLimit.none
  /// Where rejected records go, sealed.
  public var rejects: String?
  /// What to seal; nil is the database's policy, or the standard one.
  public var seal: SealingPolicy?

  public init(paths: [String], connection: ConnectionChoice) {
    self.paths = paths
    self.connection = connection
  }

  /// Digests and sealed rejects are keyed.
  var needsKey: Bool { !isDryRun || rejects != nil }
}
