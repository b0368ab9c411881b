import Findings
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// What an import is asked to do.
package struct ImportOptions: Sendable {
  package enum Origin: String, Sendable, CaseIterable {
    case export
    case api
    case fixture
  }

  /// When to stop for too many errors.
  package enum ErrorLimit: Sendable, Equatable {
    case none
    case count(Int)
    /// Of the records read, in percent; judged from 1,000 records on: a few bad ones at the start say little.
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
  /// Which files of folders and archives are read.
  package var selection = InputSelection()
  package var connection: ConnectionChoice
  package var keyFile = KeyFileChoice(path: nil)
  package var origin = Origin.export
  /// Owner of activities that name none.
  package var athlete: Int64?
  /// What the user calls that, for messages.
  package var athleteName = "athlete"
  package var isDryRun = false
  /// Operations of one bulk write at most.
  package var batchSize = 1000
  /// Threads that write.
  package var writers = 2
  /// What findings weigh: an error rejects its record.
  package var rules = RuleSettings.standard
  /// Kinds that records must be of; none: any.
  package var wantedKinds: Set<RecordKind> = []
  /// Reports the first note of each sort as a finding with its position, in addition to counting it.
  package var tellsNotes = false
  /// The share of the records to import; nil is all.
  package var partition: Partition?
  package var errorLimit = ErrorLimit.none
  /// Where rejected records go, sealed.
  package var rejects: String?
  /// What to seal; nil is the database's policy, or the standard one.
  package var seal: SealingPolicy?

  package init(paths: [String], connection: ConnectionChoice) {
    self.paths = paths
    self.connection = connection
  }

  /// Digests and sealed rejects are keyed.
  var needsKey: Bool { !isDryRun || rejects != nil }
}
