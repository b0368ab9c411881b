import Findings

/// The share of one importer, if several importers read the same inputs. Every record is in exactly one share, whatever
/// the order of the records and the format of the files, and even if another importer is late or never runs.
///
/// ```
/// guard let partition = Partition("2/5") else { return }
/// let share = batch.share(of: partition, relativePath: source.relativePath, keepsOthers: false)
/// ```
public struct Partition: Sendable, Equatable {
  /// The number of this importer, from 1 to `count`.
  public let number: Int
  /// The number of importers.
  public let count: Int

  /// Creates a share. Returns nil if the number is not between 1 and `count`.
  public init?(_ number: Int, of count: Int) {
    guard count >= 1, (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  /// Creates a share from text such as `2/5`. Returns nil for any other text.
  public init?(_ text: some StringProtocol) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false)
    guard numbers.count == 2, numbers.allSatisfy({ $0.allSatisfy(\.isNumber) }), let number = Int(numbers[0]),
      let count = Int(numbers[1])
    else { return nil }
    self.init(number, of: count)
  }

  /// Returns whether a record is in this share. The records of a file are distributed in turn. The share of the first
  /// one depends on the file, so that many small files are distributed too.
  ///
  /// - Parameters:
  ///   - ordinal: the ordinal of the record in its file.
  ///   - file: a name of the file that is the same for all importers, wherever its folder is mounted.
  func takes(_ ordinal: Int, of file: some StringProtocol) -> Bool {
    // FNV-1a has the same result on every machine, unlike the hash of the standard library.
    let hash = file.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    return Int((hash >> 16 &+ UInt64(ordinal)) % UInt64(count)) == number - 1
  }

  /// Returns whether this importer reports a finding about a whole input. A problem that only one importer may meet is
  /// reported by each that meets it, since its share is missing.
  ///
  /// - Parameter named: the paths that the user named.
  public func reports(_ finding: Finding, named: [String]) -> Bool {
    let file = finding.file ?? ""
    switch finding.rule {
    case .unreadable, .changedWhileRead: return true
    case .nothingToRead where named.contains(file): return true
    default: return takes(finding.position?.offset ?? 0, of: file.split(separator: "/").last ?? "")
    }
  }
}

extension Partition: CustomStringConvertible {
  public var description: String { "\(number)/\(count)" }
}

extension RecordBatch {
  /// Returns the batch with only the records and findings of a partition.
  ///
  /// - Parameter keepsOthers: whether the records of the other importers are kept in `others`.
  public func share(of partition: Partition, relativePath: String, keepsOthers: Bool) -> RecordBatch {
    func takes(_ finding: Finding) -> Bool { partition.takes(finding.position?.offset ?? 0, of: relativePath) }
    return sharing(
      slices.filter { partition.takes($0.ordinal, of: relativePath) }, findings.filter(takes),
      others: keepsOthers ? slices.filter { !partition.takes($0.ordinal, of: relativePath) } : [],
      othersAreSound: findings.allSatisfy { $0.severity < .error || takes($0) })
  }
}
