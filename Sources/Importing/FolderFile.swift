import Findings
import StravaRecords

/// The file in hand, where it was found in a folder: until something of Strava's is found in it, what there is to say of
/// it is held back. A folder is full of JSON for other purposes, and a file of that is one warning.
///
/// A file that the user named is never held back.
final class FolderFile: @unchecked Sendable {
  // Used in the turns of the workers only, hence by one thread at a time.
  private var name: String?
  private var held: [WorkedBatch] = []
  private var events = 0
  private var bytes = 0
  private let keepsRejections: Bool
  /// Files with nothing of Strava's so far.
  private(set) var foreign = 0

  /// Findings that are held at most; further ones are counted.
  private static let mostEvents = 1000
  /// Text that is held at most where rejected records are kept.
  private static let mostBytes = 64 << 20

  /// - Parameter keepsRejections: whether there is a reject file.
  init(keepsRejections: Bool) { self.keepsRejections = keepsRejections }

  /// Begins a file.
  ///
  /// - Parameter name: nil where it was named by the user.
  func begin(_ name: String?) {
    self.name = name
    held = []
    events = 0
    bytes = 0
  }

  /// - Returns: what is to be told now.
  func admit(_ worked: WorkedBatch) -> [WorkedBatch] {
    guard name != nil else { return [worked] }
    bytes += worked.textBytes
    guard worked.isForeign, !keepsRejections || bytes <= Self.mostBytes else {
      name = nil
      defer { held = [] }
      return held + [worked]
    }
    var worked = worked
    if !keepsRejections { worked.forgetRecords(beyond: Self.mostEvents - events) }
    events += worked.events.count
    held.append(worked)
    return []
  }

  /// Ends the file in hand.
  ///
  /// - Returns: its counts, and the warning if there is something in it; nil if nothing is held back.
  func end() -> (tally: Tally, warning: Finding?)? {
    defer { begin(nil) }
    guard let name else { return nil }
    var tally = held.reduce(into: Tally()) { $0.merge($1.tally) }
    let values = tally.unreadable
    let objects = Self.foreignKinds.reduce(0) { $0 + tally[$1].read }
    guard objects + values > 0 else { return (tally, nil) }
    foreign += 1
    tally.unreadable = 0
    for kind in Self.foreignKinds {
      tally[kind].skipped += tally[kind].rejected
      tally[kind].rejected = 0
    }
    let what = objects > 0 ? "\(objects) object\(objects == 1 ? "" : "s")" : "\(values) value\(values == 1 ? "" : "s")"
    return (tally, Finding(.nothingOfStrava, "holds nothing of Strava's: \(what), none of a known kind", file: name))
  }

  static let foreignKinds: [RecordKind] = [.unrecognised, .jsonSchema]
}

extension WorkedBatch {
  private static let foreignRules: [Rule] = [.unrecognised, .jsonSchema, .notAnObject]

  /// Whether nothing in it is of Strava, or may be meant so.
  fileprivate var isForeign: Bool {
    guard RecordKind.allCases.allSatisfy({ FolderFile.foreignKinds.contains($0) || tally[$0].isEmpty }) else {
      return false
    }
    func isForeign(_ finding: Finding) -> Bool {
      finding.severity < .error || Self.foreignRules.contains(finding.rule)
    }
    return (counted.byRule[.error] ?? [:]).keys.allSatisfy(Self.foreignRules.contains)
      && events.allSatisfy { event in
        switch event {
        case .finding(let finding): isForeign(finding)
        case .rejected(let rejection): rejection.findings.allSatisfy(isForeign)
        case .note: true
        }
      }
  }

  /// Keeps some findings without their records, whose text is large; counts the others.
  fileprivate mutating func forgetRecords(beyond most: Int) {
    var kept: [Event] = []
    for event in events {
      let findings: [Finding]
      switch event {
      case .finding(let finding): findings = [finding]
      case .rejected(let rejection): findings = rejection.findings
      case .note: findings = []
      }
      for finding in findings {
        if kept.count < most {
          kept.append(.finding(finding))
        } else {
          counted.add(finding.rule, finding.severity)
        }
      }
      // A note is counted in the tally; one in a file that is foreign is not shown.
    }
    events = kept
  }
}
