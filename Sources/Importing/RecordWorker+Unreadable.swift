import FieldCrypto
import Findings
import SourceText
import StoreAccess
import StravaRecords

/// The handling of text that is not a valid record.
extension RecordWorker {
  /// Handles a wrapper in which one of the records is not JSON. If the wrapper's own text is invalid, nothing in it can
  /// be trusted.
  func members(of slice: RecordSlice, _ batch: RecordBatch, _ error: JSONError) -> [RecordBatch]? {
    guard let members = batch.members(of: slice, framing: .strava) else { return nil }
    let offset = batch.offset(of: slice) + error.offset - slice.range.lowerBound
    let isInside = members.contains { member in
      member.slices.contains { (0..<member.text($0).count).contains(offset - member.offset(of: $0)) }
    }
    return isInside ? members : nil
  }

  /// Rejects text that is not a JSON object, according to what else it is.
  mutating func unreadable(_ error: JSONError, _ slice: RecordSlice, _ batch: RecordBatch) {
    let oddity = batch.oddity(of: slice)
    guard wants(.error) else { return count(error, oddity, slice, batch) }
    switch oddity {
    case .text(let objects):
      tally.unreadable += max(1, objects)
      var finding = batch.named(Finding(.syntax, batch.textDescription(slice)), in: slice)
      finding.position = batch.position(of: slice.range.lowerBound)
      if objects > 0 { finding.message += ", with the beginnings of about \(objects) objects" }
      reject([finding], batch, slice)
    case .lost(let objects, _):
      tally.unreadable += objects
      var finding = located(error, slice, batch)
      if objects > 1 {
        finding.message += "; about \(objects) objects in \(slice.range.count) bytes cannot be read because of it"
      }
      reject([finding], batch, slice)
    case .values, .badRow, nil:
      tally.unreadable += 1
      let isArray = batch.isArray(slice)
      let array = Finding(.notAnObject, "an array at this depth is not a record: records are objects", pointer: "")
      reject([isArray ? batch.located(array, in: slice) : located(error, slice, batch)], batch, slice)
    }
  }

  private func located(_ error: JSONError, _ slice: RecordSlice, _ batch: RecordBatch) -> Finding {
    batch.finding(for: error, in: slice, mask: SensitivityClass.mask)
  }

  /// Rejects the text when findings are only counted.
  private mutating func count(
    _ error: JSONError, _ oddity: SliceOddity?, _ slice: RecordSlice, _ batch: RecordBatch
  ) {
    switch oddity {
    case .text(let objects):
      tally.unreadable += max(1, objects)
      counted.add(.syntax, .error)
    case .lost(let objects, _):
      tally.unreadable += objects
      counted.add(error.rule, .error)
    case .values, .badRow, nil:
      tally.unreadable += 1
      counted.add(batch.isArray(slice) ? .notAnObject : error.rule, .error)
    }
  }

  /// Rejects values that are not records. Equal values of one array are reported in one finding.
  mutating func reject(_ values: PlainValues, _ slice: RecordSlice, _ batch: RecordBatch) {
    tally.unreadable += values.count
    guard wants(.error) else { return counted.add(.notAnObject, .error, count: values.sorts.count) }
    let findings = values.sorts.map { sort in
      var finding = batch.named(Finding(.notAnObject, sort.description, pointer: ""), in: slice)
      finding.record = sort.ordinal
      finding.position = batch.position(of: slice.range.lowerBound + sort.offset)
      return finding
    }
    reject(findings, batch, slice)
  }

  /// Rejects a row that cannot be read.
  mutating func rejectRow(_ finding: Finding, _ slice: RecordSlice, _ batch: RecordBatch) {
    tally.unreadable += 1
    guard wants(.error) else { return counted.add(finding.rule, .error) }
    reject([finding], batch, slice)
  }

  /// Reports the null elements in an array of records inside a wrapper.
  mutating func rejectNulls(_ key: WrapperKey, _ slice: RecordSlice, _ batch: RecordBatch) {
    tally.unreadable += key.nulls
    guard wants(.error) else { return counted.add(.notAnObject, .error) }
    let finding = Finding(.notAnObject, PlainValue.null.description(count: key.nulls), pointer: key.pointer)
    reject([batch.located(finding, in: slice)], batch, slice)
  }

  /// Rejects the records that a wrapper contains as text.
  mutating func reject(_ inTexts: Finding, _ batch: RecordBatch, _ slice: RecordSlice) {
    tally.unreadable += 1
    guard wants(.error) else { return counted.add(.jsonInText, .error) }
    reject([batch.located(inTexts, in: slice)], batch, slice)
  }

  /// Rejects a record because of findings that have their positions.
  private mutating func reject(_ findings: [Finding], _ batch: RecordBatch, _ slice: RecordSlice) {
    for finding in findings { take(finding) }
    addRejection(findings, batch, slice)
  }

  mutating func addRejection(
    _ findings: [Finding], _ batch: RecordBatch, _ slice: RecordSlice, at pointer: String = "", owner: Int64? = nil
  ) {
    let origin = RecordOrigin(batch: batch, slice: slice, pointer: pointer)
    events.append(.rejected(Rejection(findings: findings, origin: origin, owner: owner ?? slice.owner)))
  }

  mutating func reopen(_ slice: RecordSlice, of batch: RecordBatch, _ pass: (WorkedBatch) -> Void) {
    do {
      guard let keys else { throw StoreFailure("the record is sealed; decrypting it needs the key file") }
      let record = try RejectFile.reopen(batch.text(slice), key: keys)
      readAll(record, pass, depth: 0)
    } catch {
      tally.unreadable += 1
      let isWrongKey = (error as? EnvelopeError)?.code == .unknownKey
      let message = "cannot read this entry of a reject file: \(StoreFailure(error).message)"
      let finding = Finding(isWrongKey ? .wrongKey : .sealedReject, message, pointer: "")
      reject([batch.located(finding, in: slice)], batch, slice)
    }
  }
}
