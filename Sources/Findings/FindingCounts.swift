/// Counts findings by rule and severity. It is updated for every finding, so it uses an array instead of a dictionary.
public struct FindingCounts: Sendable {
  private static let severities = 3
  /// Empty until the first finding is counted.
  private var counts: [Int] = []

  public init() {}

  public var isEmpty: Bool { counts.isEmpty }

  public mutating func add(_ rule: Rule, _ severity: Severity, count: Int = 1) {
    if counts.isEmpty { counts = Array(repeating: 0, count: Rule.allCases.count * Self.severities) }
    counts[rule.number * Self.severities + severity.order] += count
  }

  public mutating func merge(_ other: FindingCounts) {
    if counts.isEmpty {
      counts = other.counts
    } else {
      for (index, count) in other.counts.enumerated() { counts[index] += count }
    }
  }

  public func total(_ severity: Severity) -> Int {
    stride(from: severity.order, to: counts.count, by: Self.severities).reduce(0) { $0 + counts[$1] }
  }

  /// The counts that are not zero.
  public var byRule: [Severity: [Rule: Int]] {
    var sums: [Severity: [Rule: Int]] = [:]
    guard !counts.isEmpty else { return sums }
    for rule in Rule.allCases {
      for severity in [Severity.note, .warning, .error] {
        let count = counts[rule.number * Self.severities + severity.order]
        if count > 0 { sums[severity, default: [:]][rule] = count }
      }
    }
    return sums
  }
}

extension Rule {
  /// The index in `allCases`. The memory of an enumeration without associated values is the index of its case.
  fileprivate var number: Int { withUnsafeBytes(of: self) { Int($0[0]) } }
}
