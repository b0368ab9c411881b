import FieldCrypto
import Findings
import SourceText
import StoreAccess
import StravaRecords

/// What becomes of text that is no record as it stands.
extension RecordWorker {
  /// What a wrapper holds, where it is one of its records that is no JSON. What is wrong with the wrapper's own text
  /// leaves nothing in it to be trusted.
  func members(of slice: RecordSlice, _ batch: RecordBatch, _ error: JSONError) -> [RecordBatch]? {
    guard let members = batch.members(of: slice, framing: .strava) else { return nil }
    let place = batch.offset(of: slice) + error.offset - slice.range.lowerBound
    let isInside = members.contains { member in
      member.slices.contains { (0..<member.text($0).count).contains(place - member.offset(of: $0)) }
    }
    return isInside ? members : nil
  }

  /// Text that is no JSON object, by what else it is.
  mutating func unreadable(_ error: JSONError, _ slice: RecordSlice, _ batch: RecordBatch) {
    tally.unreadable += 1
    var finding: Finding
    if let value = batch.plainValue(slice) {
      finding = batch.located(Finding(.notAnObject, "\(value) is no record: records are objects"), in: slice)
      finding.pointer = ""
    } else if !wantsPlaces(.error) {
      finding = batch.named(Finding(error.rule, error.message), in: slice)
    } else {
      finding = batch.finding(for: error, in: slice, isClassed: SensitivityClass.mayCover)
    }
    reject([finding], batch, slice)
  }

  mutating func reject(
    _ findings: [Finding], _ batch: RecordBatch, _ slice: RecordSlice, at pointer: String = "", owner: Int64? = nil
  ) {
    let origin = RecordOrigin(batch: batch, slice: slice, pointer: pointer)
    events.append(.rejected(Rejection(findings: findings, origin: origin, owner: owner ?? slice.owner)))
  }

  mutating func reopen(_ slice: RecordSlice, of batch: RecordBatch, _ pass: (WorkedBatch) -> Void) {
    do {
      guard let keys else { throw StoreFailure("the record is sealed; a key file opens it") }
      let record = try RejectFile.reopen(batch.text(slice), key: keys)
      readAll(record, pass, depth: 0)
    } catch {
      tally.unreadable += 1
      let isWrongKey = (error as? EnvelopeError)?.code == .unknownKey
      let message = "a reject that cannot be opened: \(StoreFailure(error).message)"
      let finding = Finding(isWrongKey ? .wrongKey : .sealedReject, message, pointer: "")
      reject([batch.located(finding, in: slice)], batch, slice)
    }
  }
}
