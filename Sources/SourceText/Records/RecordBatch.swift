import BSON
import Findings
import Synchronization

/// A value of the input that should be a record, with the range of its text in the batch.
public struct RecordSlice: Sendable {
  public var range: Range<Int>
  /// The ordinal in its file, from 1. Records inside one enclosing object share its ordinal.
  public var ordinal: Int
  /// The athlete of the enclosing object, if that object was too large to be kept as a whole.
  public var owner: Int64?
  /// The offset in the file of the array that contains the value as an element; nil if the value is not an element.
  public var array: Int?
  /// The length in bytes and the position of a text that is too long to be kept; nil for other texts.
  public var oversized: (bytes: Int, position: Position)?
}

/// What the framer knows about a slice that is not one record.
public enum SliceOddity: Sendable {
  /// Plain values, with only separators between them.
  case values(PlainValues)
  /// Text between records that is not JSON.
  ///
  /// - objects: the number of objects that seem to be in it.
  case text(objects: Int)
  /// Text whose brackets or quotes do not match.
  ///
  /// - objects: the number of objects that seem to be in it.
  /// - isOpened: whether its complete parts have been searched for.
  case lost(objects: Int, isOpened: Bool)
  /// A row of a table that cannot be read.
  case badRow(Finding)
}

/// A run of whole records of one input, with about 1 MiB of text. The reader passes it to a worker.
///
/// ```
/// while let batch = framer.next() {
///   for slice in batch.slices { try batch.transcode(slice, with: &transcoder) }
/// }
/// ```
public final class RecordBatch: Sendable {
  /// The input as the user named it.
  public let file: String
  /// The records, and other values in the position of records.
  public let slices: [RecordSlice]
  /// The problems in the text between the records.
  public let findings: [Finding]
  /// The slices that other importers take, if they are needed.
  public let others: [RecordSlice]
  /// Whether the findings that other importers report about the text between the records are without errors.
  public let othersAreSound: Bool
  /// The counts of further findings, which are not shown.
  public let counted: FindingCounts
  /// The keys of the values that are members of a container, by the start of the value.
  private let memberKeys: [Int: String]
  /// What is known about slices that are not records, by the start of the slice.
  private let oddities: [(start: Int, oddity: SliceOddity)]
  private let buffer: TextBuffer
  private let count: Int
  private let base: Position
  /// The finder of positions. Both the worker that has the batch and the code that reports its notes use it.
  private let positions: Mutex<PositionFinder>
  /// The rows from which the records were made; nil if the records are the text of the input itself.
  let rows: TableRows?

  init(
    file: String, slices: [RecordSlice], findings: [Finding], counted: FindingCounts = FindingCounts(),
    memberKeys: [Int: String] = [:], oddities: [(start: Int, oddity: SliceOddity)] = [], buffer: TextBuffer, count: Int,
    base: Position, others: [RecordSlice] = [], othersAreSound: Bool = true, rows: TableRows? = nil
  ) {
    self.file = file
    self.slices = slices
    self.findings = findings
    self.counted = counted
    self.memberKeys = memberKeys
    self.oddities = oddities
    self.buffer = buffer
    self.count = count
    self.base = base
    self.others = others
    self.othersAreSound = othersAreSound
    self.rows = rows
    positions = Mutex(PositionFinder(base))
  }

  /// Returns a batch with other slices and findings, and the same text.
  func sharing(
    _ slices: [RecordSlice], _ findings: [Finding], others: [RecordSlice] = [], othersAreSound: Bool = true
  ) -> RecordBatch {
    RecordBatch(
      file: file, slices: slices, findings: findings, counted: counted, memberKeys: memberKeys, oddities: oddities,
      buffer: buffer, count: count, base: base, others: others, othersAreSound: othersAreSound, rows: rows)
  }

  /// The number of bytes of the input that the batch was made of.
  public var inputBytes: Int { rows?.text.capacity ?? count }

  /// The number of bytes of text in the batch, including white space and separators.
  public var byteCount: Int { count }

  /// Returns the bytes of the record as they were read.
  public func text(_ slice: RecordSlice) -> UnsafeRawBufferPointer { buffer.bytes(slice.range) }

  /// Returns the key of the slice in its container; nil if it has no key, or if the key is a number, which
  /// distinguishes records without describing them.
  public func memberKey(of slice: RecordSlice) -> String? {
    memberKeys.isEmpty ? nil : memberKeys[slice.range.lowerBound]
  }

  /// Returns what is known about a slice that is not a record; nil if nothing is known.
  public func oddity(of slice: RecordSlice) -> SliceOddity? {
    let start = slice.range.lowerBound
    var (low, high) = (0, oddities.count)
    while low < high {
      let middle = (low + high) / 2
      if oddities[middle].start < start { low = middle + 1 } else { high = middle }
    }
    return low < oddities.count && oddities[low].start == start ? oddities[low].oddity : nil
  }

  /// Returns the offset of the slice in its file, in bytes.
  public func offset(of slice: RecordSlice) -> Int {
    slice.oversized?.position.offset ?? base.offset + slice.range.lowerBound
  }

  /// Returns the line and column of an offset in the batch, for messages.
  public func position(of offset: Int) -> Position {
    positions.withLock { $0.position(of: min(offset, count), in: buffer.bytes(0..<count)) }
  }

  /// Calls `body` with a finder of values in the text of the slice.
  private func inText<R: Sendable>(of slice: RecordSlice, _ body: (inout JSONPath) -> R) -> R {
    positions.withLock { $0.inSlice(at: slice.range.lowerBound, text(slice), body) }
  }

  /// Transcodes the text of the slice. Throws if it is not a JSON object that BSON can store.
  public func transcode(_ slice: RecordSlice, with transcoder: inout JSONTranscoder) throws(JSONError) {
    let bytes = UnsafeBufferPointer(
      start: UnsafePointer(buffer.base.assumingMemoryBound(to: UInt8.self)), count: count + TextBuffer.padding)
    try transcoder.transcode(bytes.span, from: slice.range.lowerBound, to: slice.range.upperBound)
  }

  /// Returns the finding for text that is not a JSON record.
  ///
  /// - Parameter mask: returns what is hidden of the value of an unescaped key.
  public func finding(for error: JSONError, in slice: RecordSlice, mask: (String) -> KeyMask) -> Finding {
    let record = text(slice)
    let offset = min(max(error.offset - slice.range.lowerBound, 0), record.count)
    var path = JSONPath(record)
    let context = path.context(of: offset, mask: mask)
    let repeated = error.rule == .duplicateKey ? path.key(at: offset) : nil
    return Finding(
      error.rule, error.message, file: file, position: position(of: slice.range.lowerBound + offset),
      record: slice.ordinal, pointer: context.pointer + (repeated.map { "/" + $0 } ?? ""),
      snippet: Snippet.make(record, at: offset, context, isKey: repeated != nil))
  }

  /// Returns a record's finding with its file and ordinal, for a finding that is only counted.
  public func named(_ finding: Finding, in slice: RecordSlice) -> Finding {
    var named = finding
    named.file = file
    named.record = slice.ordinal
    return named
  }

  /// Returns a record's finding with its file, ordinal and position, and with the source line around its value.
  ///
  /// - Parameter mask: returns what is hidden of the value of an unescaped key; nil for a finding without a source
  ///   line.
  public func located(
    _ finding: Finding, in slice: RecordSlice, mask: ((String) -> KeyMask)? = nil
  ) -> Finding {
    var located = named(finding, in: slice)
    if let rows {
      rows.locate(&located, at: slice.range.lowerBound, mask: mask)
      return located
    }
    if let oversized = slice.oversized {
      located.position = oversized.position
      return located
    }
    let value = inText(of: slice) { $0.range(of: finding.pointer ?? "") }
    located.position = position(of: slice.range.lowerBound + value.lowerBound)
    // A finding about the record itself has no value to point at.
    if let mask, value.lowerBound > 0 {
      located.snippet = Snippet.ofValue(
        text(slice), value, inText(of: slice) { $0.context(of: value.lowerBound, mask: mask) })
    }
    return located
  }
}

extension RecordBatch {
  /// Creates a batch of one record from bytes in memory, with the file and ordinal that it had first.
  ///
  /// - Parameters:
  ///   - owner: the athlete of the object that enclosed it.
  ///   - start: the position at which it began in its file.
  public convenience init(
    file: String, ordinal: Int, owner: Int64? = nil, text: UnsafeRawBufferPointer, at start: Position = .start
  ) {
    self.init(
      file: file, slices: [RecordSlice(range: 0..<text.count, ordinal: ordinal, owner: owner)], findings: [],
      buffer: TextBuffer(copying: text), count: text.count, base: start)
  }
}

extension RecordBatch {
  /// Returns the exact text of the value at a JSON Pointer inside the slice.
  public func text(_ slice: RecordSlice, pointer: String) -> UnsafeRawBufferPointer {
    let whole = text(slice)
    guard !pointer.isEmpty else { return whole }
    return UnsafeRawBufferPointer(rebasing: whole[inText(of: slice) { $0.range(of: pointer) }])
  }

  /// Returns whether a slice is a JSON array, which happens if it is nested more deeply than records are searched for.
  public func isArray(_ slice: RecordSlice) -> Bool {
    let text = text(slice)
    guard text.first == UInt8(ascii: "[") else { return false }
    let object = Array("{\"\":".utf8) + text + Array("}".utf8)
    let padded = object + Array(repeating: UInt8(0), count: TextBuffer.padding)
    var transcoder = JSONTranscoder()
    return (try? transcoder.transcode(padded.span, from: 0, to: object.count)) != nil
  }
}
