import Findings
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// The options of an import.
package struct ImportOptions: Sendable {
  package enum Origin: String, Sendable, CaseIterable {
    case export
    case api
    case fixture
  }

  /// The limit of errors at which the import stops.
  package enum ErrorLimit: Sendable, Equatable {
    case none
    case count(Int)
    /// A percentage of the records read. It is checked after 1,000 records, because a few bad ones at the start say
    /// little.
    case percent(Double)

    package func isExceeded(errors: Int, records: Int) -> Bool {
      switch self {
      case .none: false
      case .count(let limit): errors > limit
      case .percent(let limit): records >= 1000 && Double(errors) * 100 > limit * Double(records)
      }
    }
  }

  package var paths: [String]
  /// The selection of files that are read from folders and archives.
  package var selection = InputSelection()
  package var connection: ConnectionChoice
  package var keyFile = KeyFileChoice.none
  package var origin = Origin.export
  /// The owner of activities that name none.
  package var athlete: Int64?
  /// The name of that option, for messages.
  package var athleteName = "athlete"
  package var isDryRun = false
  /// Maximum number of operations in one bulk write; nil if it follows the distance to the server.
  package var batchSize: Int?
  /// The number of threads that write; nil if it follows the distance to the server.
  package var writers: Int?
  /// The severities of findings. An error rejects its record.
  package var rules = RuleSettings.standard
  /// The kinds that are accepted; an empty set accepts all kinds.
  package var wantedKinds: Set<RecordKind> = []
  /// Reports the first note of each sort as a finding with its position, in addition to counting it.
  package var reportsNotes = false
  /// The share of the records to import; nil means all records.
  package var partition: Partition?
  package var errorLimit = ErrorLimit.none
  /// The file for rejected records, which are sealed.
  package var rejects: String?
  /// The policy to seal by; nil means the database's policy, or the standard one.
  package var seal: SealingPolicy?

  package init(paths: [String], connection: ConnectionChoice) {
    self.paths = paths
    self.connection = connection
  }

  /// The keys for digests and sealed rejects.
  var needsKey: Bool { !isDryRun || rejects != nil }
}
