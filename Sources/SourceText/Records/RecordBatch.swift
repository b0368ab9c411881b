import BSON
import Findings
import Synchronization

/// One value of the input that should be a record: where its text is in the batch.
public struct RecordSlice: Sendable {
  public var range: Range<Int>
  /// From 1, in its file. Records inside one enclosing object share its ordinal.
  public var ordinal: Int
  /// The athlete of the enclosing object, where that was too large to be held whole.
  public var owner: Int64?
  /// Where the array begins whose element it is, in bytes of the file; nil for what is not an element.
  public var array: Int?
  /// Set where the text is too long to be held at all: its length in bytes, and where it starts.
  public var oversized: (bytes: Int, position: Position)?
}

/// What the framer knows of a slice that is not one record.
public enum SliceOddity: Sendable {
  /// Plain values, with nothing but separators between them.
  case values(PlainValues)
  /// Text between records that is not JSON.
  ///
  /// - objects: how many objects seem to be in it.
  case text(objects: Int)
  /// Text of which brackets or quotes do not pair.
  ///
  /// - objects: how many objects seem to be in it.
  /// - isOpened: whether what is whole in it has been looked for.
  case lost(objects: Int, isOpened: Bool)
}

/// A run of whole records of one input, about a mebibyte: what goes from the reader to a worker.
public final class RecordBatch: Sendable {
  /// The input as the user named it.
  public let file: String
  public let slices: [RecordSlice]
  /// What is wrong between the records.
  public let findings: [Finding]
  /// Slices that other importers take, where it matters what they are.
  public let others: [RecordSlice]
  /// Whether nothing is wrong between the records that other importers tell.
  public let othersAreSound: Bool
  /// Further findings, which are not shown.
  public let counted: FindingCounts
  /// Of values that are members of a container, their keys, by where they begin.
  private let memberKeys: [Int: String]
  /// What is known of slices that are not records, by where they begin.
  private let oddities: [(start: Int, oddity: SliceOddity)]
  private let buffer: TextBuffer
  private let count: Int
  private let base: Position
  /// Used by the worker that has the batch, and by whoever tells of its notes.
  private let places: Mutex<PlaceFinder>

  init(
    file: String, slices: [RecordSlice], findings: [Finding], counted: FindingCounts = FindingCounts(),
    memberKeys: [Int: String] = [:], oddities: [(start: Int, oddity: SliceOddity)] = [], buffer: TextBuffer, count: Int,
    base: Position, others: [RecordSlice] = [], othersAreSound: Bool = true
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
    places = Mutex(PlaceFinder(base))
  }

  func sharing(
    _ slices: [RecordSlice], _ findings: [Finding], others: [RecordSlice] = [], othersAreSound: Bool = true
  ) -> RecordBatch {
    RecordBatch(
      file: file, slices: slices, findings: findings, counted: counted, memberKeys: memberKeys, oddities: oddities,
      buffer: buffer, count: count, base: base, others: others, othersAreSound: othersAreSound)
  }

  /// Bytes of text in the batch, white space and separators included.
  public var byteCount: Int { count }

  /// The record's bytes as they came.
  public func text(_ slice: RecordSlice) -> UnsafeRawBufferPointer { buffer.bytes(slice.range) }

  /// The slice's key in the container whose member it is; nil for a number, which tells records apart and says nothing.
  public func memberKey(of slice: RecordSlice) -> String? {
    memberKeys.isEmpty ? nil : memberKeys[slice.range.lowerBound]
  }

  /// What is known of a slice that is not a record.
  public func oddity(of slice: RecordSlice) -> SliceOddity? {
    let start = slice.range.lowerBound
    var (low, high) = (0, oddities.count)
    while low < high {
      let middle = (low + high) / 2
      if oddities[middle].start < start { low = middle + 1 } else { high = middle }
    }
    return low < oddities.count && oddities[low].start == start ? oddities[low].oddity : nil
  }

  /// Where the slice begins in its file, in bytes.
  public func offset(of slice: RecordSlice) -> Int {
    slice.oversized?.position.offset ?? base.offset + slice.range.lowerBound
  }

  /// Line and column of a place in the batch, for messages.
  public func position(of offset: Int) -> Position {
    places.withLock { $0.position(of: min(offset, count), in: buffer.bytes(0..<count)) }
  }

  /// Finds values in the slice's text.
  private func inText<R: Sendable>(of slice: RecordSlice, _ body: (inout JSONPath) -> R) -> R {
    places.withLock { $0.inSlice(at: slice.range.lowerBound, text(slice), body) }
  }

  /// Scans the slice into the transcoder.
  public func transcode(_ slice: RecordSlice, with transcoder: inout JSONTranscoder) throws(JSONError) {
    let bytes = UnsafeBufferPointer(
      start: UnsafePointer(buffer.base.assumingMemoryBound(to: UInt8.self)), count: count + TextBuffer.padding)
    try transcoder.transcode(bytes.span, from: slice.range.lowerBound, to: slice.range.upperBound)
  }

  /// Returns the finding for text that is not a JSON record.
  ///
  /// - Parameter mask: says of a key, unescaped, what is shown of its value.
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

  /// A record's own finding with its file and number, for one that is counted only.
  public func named(_ finding: Finding, in slice: RecordSlice) -> Finding {
    var named = finding
    named.file = file
    named.record = slice.ordinal
    return named
  }

  /// A record's own finding with its place in the file filled in, and the source line around its value.
  ///
  /// - Parameter mask: says of a key, unescaped, what is shown of its value; nil: no source line.
  public func located(
    _ finding: Finding, in slice: RecordSlice, mask: ((String) -> KeyMask)? = nil
  ) -> Finding {
    var located = named(finding, in: slice)
    if let oversized = slice.oversized {
      located.position = oversized.position
      return located
    }
    let value = inText(of: slice) { $0.range(of: finding.pointer ?? "") }
    located.position = position(of: slice.range.lowerBound + value.lowerBound)
    // Where the record itself is meant there is nothing to point at.
    if let mask, value.lowerBound > 0 {
      located.snippet = Snippet.ofValue(
        text(slice), value, inText(of: slice) { $0.context(of: value.lowerBound, mask: mask) })
    }
    return located
  }
}

extension RecordBatch {
  /// One record from bytes that are at hand already, under the file and ordinal that it first had.
  ///
  /// - Parameters:
  ///   - owner: the athlete of the object that was around it.
  ///   - start: where it began there.
  public convenience init(
    file: String, ordinal: Int, owner: Int64? = nil, text: UnsafeRawBufferPointer, at start: Position = .start
  ) {
    self.init(
      file: file, slices: [RecordSlice(range: 0..<text.count, ordinal: ordinal, owner: owner)], findings: [],
      buffer: TextBuffer(copying: text), count: text.count, base: start)
  }
}

extension RecordBatch {
  /// The exact text of the value at a JSON Pointer inside the slice.
  public func text(_ slice: RecordSlice, pointer: String) -> UnsafeRawBufferPointer {
    let whole = text(slice)
    guard !pointer.isEmpty else { return whole }
    return UnsafeRawBufferPointer(rebasing: whole[inText(of: slice) { $0.range(of: pointer) }])
  }

  /// Returns whether a slice is a JSON array, which is nested more deeply than records are searched.
  public func isArray(_ slice: RecordSlice) -> Bool {
    let text = text(slice)
    guard text.first == UInt8(ascii: "[") else { return false }
    let object = Array("{\"\":".utf8) + text + Array("}".utf8)
    let padded = object + Array(repeating: UInt8(0), count: TextBuffer.padding)
    var transcoder = JSONTranscoder()
    return (try? transcoder.transcode(padded.span, from: 0, to: object.count)) != nil
  }
}
