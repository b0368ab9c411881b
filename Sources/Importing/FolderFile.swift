import BSON
import Findings
import SourceText
import StravaRecords

/// The current file, if it was found in a folder. Its findings are held back until it turns out to contain Strava data.
/// A folder often contains JSON for other purposes, and such a file causes only one warning.
///
/// The findings of a file that the user named are never held back.
struct FolderFile {
  private var name: String?
  private var held: [WorkedBatch] = []
  private var events = 0
  private var bytes = 0
  private let keepsRejections: Bool
  /// The number of files without Strava data so far.
  private(set) var foreign = 0
  /// The number of files so far that contain Strava data, are invalid, or were named by the user.
  private(set) var others = 0

  static let foreignKinds: [RecordKind] = [.unrecognised, .jsonSchema]
  /// Maximum number of findings that are held back; further ones are counted.
  private static let mostEvents = 1000
  /// Maximum number of bytes of text that is held back if rejected records are kept.
  private static let mostBytes = 64 << 20

  /// - Parameter keepsRejections: True if there is a reject file.
  init(keepsRejections: Bool) { self.keepsRejections = keepsRejections }

  mutating func begin(_ name: String, isNamed: Bool) {
    self.name = isNamed ? nil : name
    if isNamed { others += 1 }
  }

  /// - Returns: The batches that are ready to be reported.
  mutating func admit(_ worked: WorkedBatch) -> [WorkedBatch] {
    guard name != nil else { return [worked] }
    bytes += worked.textBytes
    guard worked.isForeign, !keepsRejections || bytes <= Self.mostBytes else {
      name = nil
      others += 1
      defer { forget() }
      return held + [worked]
    }
    var worked = worked
    if !keepsRejections { worked.forgetRecords(beyond: Self.mostEvents - events) }
    events += worked.events.count
    held.append(worked)
    return []
  }

  /// Ends the current file.
  ///
  /// - Returns: Its counts, and the warning if the file has any content; nil if nothing is held back.
  mutating func end() -> (tally: Tally, warning: Finding?)? {
    defer {
      name = nil
      forget()
    }
    guard let name else { return nil }
    var tally = held.reduce(into: Tally()) { $0.merge($1.tally) }
    guard held.contains(where: { $0.values > 0 }) else { return (tally, nil) }
    foreign += 1
    tally.unreadable = 0
    for kind in Self.foreignKinds {
      tally[kind].skipped += tally[kind].rejected
      tally[kind].rejected = 0
    }
    return (
      tally,
      Finding(.nothingOfStrava, "the file contains no Strava data: none of its objects is of a known kind", file: name)
    )
  }

  private mutating func forget() {
    held = []
    events = 0
    bytes = 0
  }
}

extension WorkedBatch {
  private static let foreignRules: [Rule] = [.unrecognised, .jsonSchema, .notAnObject]

  /// Returns true if nothing in it is, or may be intended as, Strava data.
  fileprivate var isForeign: Bool {
    let hasKnown = RecordKind.allCases.contains { !FolderFile.foreignKinds.contains($0) && !tally[$0].isEmpty }
    guard othersAreForeign, !hasKnown else { return false }
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

  /// Keeps some findings without their records, whose text is large, and counts the others. The tally contains the
  /// notes.
  fileprivate mutating func forgetRecords(beyond most: Int) {
    var kept: [Event] = []
    for event in events {
      let findings: [Finding]
      switch event {
      case .finding(let finding): findings = [finding]
      case .rejected(let rejection): findings = rejection.isCounted ? [] : rejection.findings
      case .note: findings = []
      }
      for finding in findings {
        if kept.count < most {
          kept.append(.finding(finding))
        } else {
          counted.add(finding.rule, finding.severity)
        }
      }
    }
    events = kept
  }
}

extension RecordWorker {
  private func isExtended(_ document: BSONView) -> Bool {
    var plain = BSONWriter()
    return !ExtendedRecords.rewrite(document, into: &plain).isEmpty
  }

  /// Returns true if the other importers' shares of a batch contain no Strava data: a file is judged as a whole.
  mutating func othersAreForeign(in batch: RecordBatch) -> Bool {
    batch.othersAreSound && batch.others.allSatisfy { isForeign($0, of: batch) }
  }

  private mutating func isForeign(_ slice: RecordSlice, of batch: RecordBatch) -> Bool {
    switch batch.oddity(of: slice) {
    case .values: return true
    case .badRow: return false
    default: break
    }
    guard slice.oversized == nil, (try? batch.transcode(slice, with: &transcoder)) != nil else { return false }
    // Only a dump of records is written as MongoDB Extended JSON.
    if transcoder.marks & KeyMark.extended != 0, isExtended(transcoder.document) { return false }
    var isForeign = true
    forEachRecord(in: transcoder.document, outline: transcoder.outline) { found in
      if !FolderFile.foreignKinds.contains(found.detected.kind) { isForeign = false }
    }
    return isForeign
  }
}
