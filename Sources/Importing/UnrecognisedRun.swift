import Findings
import SourceText
import StravaRecords

/// A run of unrecognized objects of one array, which share the finding of the first one.
struct UnrecognisedRun {
  /// The position of an array: in the file, or inside the object of a slice.
  private enum ArrayPosition: Equatable {
    case file(Int)
    case object(Int, pointer: Substring)
  }

  private let array: ArrayPosition
  private(set) var count = 1
  /// The index of the first object's rejection among the events; nil if it is only counted.
  let event: Int?

  /// - Returns: Nil for an object that is not an element of an array.
  init?(_ found: FoundRecord, _ slice: RecordSlice, event: Int?) {
    guard let array = Self.array(of: found, slice) else { return nil }
    self.array = array
    self.event = event
  }

  /// Adds another object of the same array.
  mutating func take(_ found: FoundRecord, _ slice: RecordSlice) -> Bool {
    guard Self.array(of: found, slice) == array else { return false }
    count += 1
    return true
  }

  var message: String { "\(count) objects of this array are of no kind that is known here; this is the first" }

  private static func array(of found: FoundRecord, _ slice: RecordSlice) -> ArrayPosition? {
    guard let last = found.pointer.lastIndex(of: "/") else { return slice.array.map(ArrayPosition.file) }
    guard found.pointer[last...].dropFirst().utf8.allSatisfy({ $0 &- 48 <= 9 }) else { return nil }
    return .object(slice.range.lowerBound, pointer: found.pointer[..<last])
  }
}

extension RecordWorker {
  /// Adds an unrecognized object to the finding of an earlier one of the same array.
  mutating func joinRun(
    _ findings: [Finding], _ batch: RecordBatch, _ slice: RecordSlice, _ found: FoundRecord
  ) -> Bool {
    guard found.detected.kind == .unrecognised, findings.count == 1, findings[0].rule == .unrecognised else {
      return false
    }
    guard continuesRun(found, slice, event: wants(.error) ? events.count : nil) else { return false }
    tally[.unrecognised].rejected += 1
    guard options.rejects != nil else { return true }
    var own = findings[0]
    own.pointer = found.pointer
    let origin = RecordOrigin(batch: batch, slice: slice, pointer: found.pointer)
    let owner = found.enclosingAthlete ?? slice.owner
    events.append(
      .rejected(Rejection(findings: [batch.shown(own, in: slice)], origin: origin, owner: owner, isCounted: true)))
    return true
  }

  /// Counts an unrecognized object in the finding of an earlier one of the same array, or begins a run if there is
  /// none.
  ///
  /// - Parameter event: The index that the rejection of the object gets among the events if it begins a run; nil if it
  ///   is only counted.
  mutating func continuesRun(_ found: FoundRecord, _ slice: RecordSlice, event: Int? = nil) -> Bool {
    if unrecognised?.take(found, slice) == true { return true }
    endRun()
    unrecognised = UnrecognisedRun(found, slice, event: event)
    return false
  }

  /// Writes the number of objects into the finding of the first one.
  mutating func endRun() {
    defer { unrecognised = nil }
    guard let run = unrecognised, run.count > 1, let event = run.event, case .rejected(let first) = events[event]
    else { return }
    let findings = first.findings.map { finding in
      var finding = finding
      finding.message = run.message
      return finding
    }
    events[event] = .rejected(Rejection(findings: findings, origin: first.origin, owner: first.owner))
  }
}
