import BSON
import Findings
import SourceText
import StravaRecords

/// The file in hand, where it was found in a folder: until something of Strava's is found in it, what there is to say of
/// it is held back. A folder often holds JSON for other purposes, and a file of that is one warning.
///
/// A file that the user named is never held back.
struct FolderFile {
  private var name: String?
  private var held: [WorkedBatch] = []
  private var events = 0
  private var bytes = 0
  private let keepsRejections: Bool
  /// Files with nothing of Strava's so far.
  private(set) var foreign = 0
  /// Files so far that hold something of Strava's, or are broken, or were named.
  private(set) var others = 0

  static let foreignKinds: [RecordKind] = [.unrecognised, .jsonSchema]
  /// Findings that are held at most; further ones are counted.
  private static let mostEvents = 1000
  /// Text that is held at most where rejected records are kept.
  private static let mostBytes = 64 << 20

  /// - Parameter keepsRejections: whether there is a reject file.
  init(keepsRejections: Bool) { self.keepsRejections = keepsRejections }

  mutating func begin(_ name: String, isNamed: Bool) {
    self.name = isNamed ? nil : name
    if isNamed { others += 1 }
  }

  /// - Returns: the batches that are ready to be reported.
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

  /// Ends the file in hand.
  ///
  /// - Returns: its counts, and the warning if there is something in it; nil if nothing is held back.
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

  /// Whether nothing in it is of Strava, or may be meant so.
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

  /// Keeps some findings without their records, whose text is large; counts the others. Notes are in the tally.
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

  /// Whether what other importers take of a batch holds nothing of Strava's: a file is judged as a whole.
  mutating func othersAreForeign(in batch: RecordBatch) -> Bool {
    batch.othersAreSound && batch.others.allSatisfy { isForeign($0, of: batch) }
  }

  private mutating func isForeign(_ slice: RecordSlice, of batch: RecordBatch) -> Bool {
    if case .values = batch.oddity(of: slice) { return true }
    guard slice.oversized == nil, (try? batch.transcode(slice, with: &transcoder)) != nil else { return false }
    // Nothing but a dump of records is written as MongoDB Extended JSON.
    if transcoder.marks & KeyMark.extended != 0, isExtended(transcoder.document) { return false }
    var isForeign = true
    forEachRecord(in: transcoder.document, outline: transcoder.outline) { found in
      if !FolderFile.foreignKinds.contains(found.detected.kind) { isForeign = false }
    }
    return isForeign
  }
}
