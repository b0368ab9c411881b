import BSON
import Findings
import SourceText
import StravaRecords

/// The reports of a worker's findings. Only those that are shown are created; the others are counted.
extension RecordWorker {
  mutating func reject(
    _ findings: [Finding], _ batch: RecordBatch, _ slice: RecordSlice, _ found: FoundRecord?
  ) {
    if let found { tally[found.detected.kind].rejected += 1 } else { tally.unreadable += 1 }
    guard wants(findings) else { return count(findings) }
    let shown = findings.map { located($0, batch, slice, found) }
    addRejection(shown, batch, slice, at: found?.pointer ?? "", owner: found?.enclosingAthlete)
  }

  /// Counts a refused record of a kind when findings are only counted.
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
    if let found { inner.subject = Finding.Subject(id: found.view["id"]?.wholeNumber, pointer: finding.pointer ?? "") }
    return positioned(inner, batch, slice)
  }

  /// Returns true if one of the findings is shown.
  func wants(_ findings: [Finding]) -> Bool { findings.contains { wants($0.severity) } }

  /// Returns true if another finding of this severity is shown.
  func wants(_ severity: Severity) -> Bool { left[severity.order] > 0 }

  mutating func count(_ findings: [Finding]) {
    for finding in findings { counted.add(finding.rule, finding.severity) }
  }

  /// Subtracts a shown finding from the number that may still be shown.
  mutating func take(_ finding: Finding) {
    if left[finding.severity.order] > 0 { left[finding.severity.order] -= 1 }
  }

  /// Returns a finding of the outer value with its position, or without it if the finding is only counted.
  mutating func positioned(_ finding: Finding, _ batch: RecordBatch, _ slice: RecordSlice) -> Finding {
    guard wants(finding.severity) else { return batch.named(finding, in: slice) }
    take(finding)
    return batch.shown(finding, in: slice)
  }

  /// Reports a finding of a record that is not rejected.
  mutating func report(_ finding: Finding, _ batch: RecordBatch, _ slice: RecordSlice) {
    guard wants(finding.severity) else { return counted.add(finding.rule, finding.severity) }
    events.append(.finding(positioned(finding, batch, slice)))
  }
}
