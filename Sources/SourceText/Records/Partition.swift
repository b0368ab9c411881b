import Findings

/// One importer's share, where several read the same inputs: every record is in exactly one share, whatever the order
/// and the wrapping, and whoever else is late or never comes.
public struct Partition: Sendable, Equatable {
  /// From 1 to `count`.
  public let number: Int
  public let count: Int

  public init?(_ number: Int, of count: Int) {
    guard count >= 1, (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  /// From `2/5`.
  public init?(_ text: some StringProtocol) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false)
    guard numbers.count == 2, numbers.allSatisfy({ $0.allSatisfy(\.isNumber) }), let number = Int(numbers[0]),
      let count = Int(numbers[1])
    else { return nil }
    self.init(number, of: count)
  }

  /// Records of a file are dealt out in turn; where the first one goes depends on the file, so that many small files
  /// are spread too.
  ///
  /// - Parameters:
  ///   - ordinal: the record's in its file.
  ///   - place: what names the file to all importers, wherever its folder is mounted.
  func takes(_ ordinal: Int, of place: some StringProtocol) -> Bool {
    // FNV-1a: the same on every machine, which the standard library's hash is not.
    let hash = place.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    return Int((hash >> 16 &+ UInt64(ordinal)) % UInt64(count)) == number - 1
  }

  /// Returns whether this importer reports a finding about a whole input. A problem that only one importer may meet is
  /// reported by each that meets it, since its share is missing.
  ///
  /// - Parameter named: the paths that the user named.
  public func tells(_ finding: Finding, named: [String]) -> Bool {
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
  /// The batch with a partition's records and findings only.
  ///
  /// - Parameter keepsOthers: whether it matters what the other importers take.
  public func share(of partition: Partition, place: String, keepsOthers: Bool) -> RecordBatch {
    func takes(_ finding: Finding) -> Bool { partition.takes(finding.position?.offset ?? 0, of: place) }
    return sharing(
      slices.filter { partition.takes($0.ordinal, of: place) }, findings.filter(takes),
      others: keepsOthers ? slices.filter { !partition.takes($0.ordinal, of: place) } : [],
      othersAreSound: findings.allSatisfy { $0.severity < .error || takes($0) })
  }
}
