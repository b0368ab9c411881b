import Findings
import SourceText
import StravaRecords

/// How a worker reports findings: as many as are shown are made, the others counted.
extension RecordWorker {
  mutating func reject(
    _ findings: [Finding], _ batch: RecordBatch, _ slice: RecordSlice, _ found: FoundRecord?
  ) {
    if let found { tally[found.detected.kind].rejected += 1 } else { tally.unreadable += 1 }
    guard wants(findings) else { return count(findings) }
    let placed = findings.map { located($0, batch, slice, found) }
    addRejection(placed, batch, slice, at: found?.pointer ?? "", owner: found?.enclosingAthlete)
  }

  /// Counts a record of a kind that is refused, where nobody is shown more than numbers.
  mutating func isCounted(_ found: FoundRecord, _ slice: RecordSlice) -> Bool {
    let kind = found.detected.kind
    guard case .refused(let rule) = kind.disposition, !wants(.error), options.rules.isStandard,
      options.wantedKinds.isEmpty
    else { return false }
    let isInText = kind == .unrecognised && RecordsInTexts.finding(in: found.view) != nil
    tally[kind].rejected += 1
    if kind == .unrecognised, !isInText, continuesRun(found, slice) { return true }
    counted.add(isInText ? .jsonInText : rule, .error)
    return true
  }

  mutating func report(
    _ finding: Finding, _ batch: RecordBatch, _ slice: RecordSlice, _ found: FoundRecord
  ) {
    guard wants(finding.severity) else { return counted.add(finding.rule, finding.severity) }
    events.append(.finding(located(finding, batch, slice, found)))
  }

  mutating func located(
    _ finding: Finding, _ batch: RecordBatch, _ slice: RecordSlice, _ found: FoundRecord?
  ) -> Finding {
    var inner = finding
    inner.pointer = (found?.pointer ?? "") + (finding.pointer ?? "")
    return placed(inner, batch, slice)
  }

  /// Whether one of the findings is shown.
  func wants(_ findings: [Finding]) -> Bool { findings.contains { wants($0.severity) } }

  /// Whether another finding of this severity is shown.
  func wants(_ severity: Severity) -> Bool { left[severity.order] > 0 }

  mutating func count(_ findings: [Finding]) {
    for finding in findings { counted.add(finding.rule, finding.severity) }
  }

  /// A finding that is shown is taken off those that may be.
  mutating func take(_ finding: Finding) {
    if left[finding.severity.order] > 0 { left[finding.severity.order] -= 1 }
  }

  /// A finding of the outer value with its place, or without where it is counted only.
  mutating func placed(_ finding: Finding, _ batch: RecordBatch, _ slice: RecordSlice) -> Finding {
    guard wants(finding.severity) else { return batch.named(finding, in: slice) }
    take(finding)
    return batch.shown(finding, in: slice)
  }

  /// Reports a finding of a record that is not rejected.
  mutating func report(_ finding: Finding, _ batch: RecordBatch, _ slice: RecordSlice) {
    guard wants(finding.severity) else { return counted.add(finding.rule, finding.severity) }
    events.append(.finding(placed(finding, batch, slice)))
  }
}
