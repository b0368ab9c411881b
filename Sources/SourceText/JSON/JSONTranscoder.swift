import BSON
import Findings

/// A transcoder from JSON text to BSON bytes, in one pass and exactly: numbers keep their value, keys their order, and
/// strings their bytes.
///
/// ```
/// var transcoder = JSONTranscoder()
/// let text = Array(#"{"id": 900000001}"#.utf8)
/// let padded = text + Array(repeating: 0, count: 64)
/// try transcoder.transcode(padded.span, from: 0, to: text.count)
/// print(transcoder.document["id"]?.integer ?? 0)
/// ```
///
/// Loads of text are bounds-checked (`Span`), except those of expected keys and runs of digits. For those, 32 readable
/// bytes that are not part of the record must follow the text, because keys, strings and literals are read in blocks.
/// The last of all bytes must be NUL, where any run of digits ends. `TextBuffer` adds such padding, and `transcode`
/// checks both.
///
/// Functions that are called for each token are `mutating` even if they change nothing, because a borrowed transcoder
/// is copied.
///
/// Whole numbers become int32 or int64. Other numbers become double if that prints back to the same value, otherwise
/// decimal128.
///
/// Source: RFC 8259.
public struct JSONTranscoder: ~Copyable {
  /// The maximum number of objects and arrays around a value. It is greater than `maxRecordDepth`, because a record in
  /// a wrapper may be deeper than a record by itself.
  public static let maxDepth = maxRecordDepth + 8
  /// The maximum number of nested levels in one record. A user's response is two levels down in its document, and a
  /// server accepts 100.
  public static let maxRecordDepth = 98
  /// The maximum number of BSON bytes from one text. A document that a server accepts is far smaller, but a wrapper may
  /// contain several.
  static let maxOutput = 64 << 20

  /// The documents that are kept, followed by the last one.
  var out = ByteBuffer(capacity: 1 << 16)
  /// The number of bytes in the documents that are kept.
  private var kept = 0
  /// The offset of the last document.
  private var start = 0
  /// The offset of the text's end.
  var end = 0
  var known = KnownKeys()
  /// The keys of objects whose keys are not among the known ones.
  var keys = KeyStack()
  /// Whether a string contained an escape, which is the only way to write a NUL.
  var sawEscape = false
  /// The number of nested levels in the last text, including its root.
  public private(set) var depth = 0
  /// The offset at which the last text first exceeds `maxRecordDepth`.
  private var tooDeepAt = 0
  /// The `Container` values of the containers around the current one.
  private var outer = ByteBuffer()

  let mark: @Sendable (UnsafeRawBufferPointer) -> UInt32
  /// The marks of all keys of the last text, at any depth. All bits are set if there were too many keys to track.
  public private(set) var marks: UInt32 = 0
  /// The marks of the keys of inner objects, without those of the text's own keys.
  public private(set) var innerMarks: UInt32 = 0
  /// A `BSONOutline.Entry` for each of the text's own keys.
  private var outlined = ByteBuffer()
  private var isOutlined = false

  /// Creates a transcoder.
  ///
  /// - Parameter mark: returns bits that describe a key. It is called once for many records. The seven bytes after the
  ///   key can be read.
  public init(mark: @escaping @Sendable (UnsafeRawBufferPointer) -> UInt32 = { _ in 0 }) { self.mark = mark }

  /// The document of the last successful `transcode`. It is valid until the next call.
  public var document: BSONView { BSONView(UnsafeRawPointer(out.base + start)) }

  /// The outline of that document, tagged with the marks of its keys; nil if it has too many keys, or keys with
  /// escapes.
  public var outline: BSONOutline? { isOutlined ? BSONOutline(document, outlined.bytes) : nil }

  /// Replaces the last document with another one, which has no outline.
  public mutating func replaceDocument(with other: BSONView) {
    out.count = start
    out.append(other.bytes)
    isOutlined = false
  }

  /// Keeps the last document, so that the next one is written after it.
  ///
  /// - Parameter view: the document, or a document inside it.
  /// - Returns: the range of `view` in the bytes that `takeKept` returns.
  public mutating func keep(_ view: BSONView) -> Range<Int> {
    kept = out.count
    let first = view.base - UnsafeRawPointer(out.base)
    return first..<first + view.count
  }

  /// Returns all documents that were kept, and begins an empty buffer.
  public mutating func takeKept() -> ByteBuffer {
    out.count = kept
    // The next documents need about the same capacity.
    let capacity = kept + kept / 8
    (kept, start) = (0, 0)
    return exchange(&out, with: ByteBuffer(capacity: capacity))
  }

  /// Transcodes the object in `text[from..<to]`, which may have only white space around it.
  public mutating func transcode(_ text: Span<UInt8>, from: Int, to: Int) throws(JSONError) {
    out.count = kept
    if kept == 0 { out.shrink(to: 1 << 21) }
    start = kept
    outer.count = 0
    keys.removeAll()
    if known.isFull { known.removeAll() }
    innerMarks = 0
    outlined.count = 0
    isOutlined = true
    depth = 0
    end = to
    precondition(to &+ 32 <= text.count && text[text.count &- 1] == 0)
    var at = Scan(p: from, o: out.base + start)
    try ensureCapacity(&at)
    space(text, &at)
    guard at.p < end, text[at.p] == UInt8(ascii: "{") else {
      throw foreign(text, min(at.p, end)) ?? JSONError(.syntax, at: min(at.p, end), "expected an object")
    }
    try object(text, &at)
    space(text, &at)
    if at.p != end { throw unexpected(text, at.p, "after the object") }
    out.count = at.o - out.base
  }

  /// Ensures capacity for twice the rest of the text. The BSON form of an object needs no more than that. An array
  /// element may need more, because of its index, so capacity is ensured again for each element.
  @inline(__always)
  mutating func ensureCapacity(_ at: inout Scan) throws(JSONError) {
    let wanted = 2 &* max(end &- at.p, 0) &+ 64
    if out.base + out.capacity - at.o < wanted { try growOutput(wanted, &at) }
  }

  @inline(never)
  private mutating func growOutput(_ wanted: Int, _ at: inout Scan) throws(JSONError) {
    out.count = at.o - out.base
    if out.count - start > Self.maxOutput {
      throw JSONError(.tooLarge, at: at.p, "the record is larger than \(Self.maxOutput >> 20) MiB in BSON")
    }
    out.reserve(wanted)
    at.o = out.base + out.count
  }

  @inline(never)
  func unexpected(_ text: Span<UInt8>, _ p: Int, _ context: String) -> JSONError {
    if p >= end { return truncated("the record") }
    return JSONError(.syntax, at: p, "unexpected \(shown(text[p])) \(context)")
  }

  /// Returns the error for a word that another notation has for a value; nil if the text at `p` is not such a word.
  @inline(never)
  func foreign(_ text: Span<UInt8>, _ p: Int) -> JSONError? {
    // A misspelled word of JSON itself is left to the caller.
    guard p < end, "'+-NnIiTFUu".utf8.contains(text[p]), text[p] != UInt8(ascii: "n") || text[p + 1] | 0x20 != 0x75
    else { return nil }
    let word = (p..<min(p + 16, end)).map { text[$0] }
    if word.first == UInt8(ascii: "'") {
      return JSONError(.syntax, at: p, "JSON strings use double quotes; Python's str and print write single quotes")
    }
    return ForeignWords.message(word).map { JSONError(.syntax, at: p, $0) }
  }

  /// Returns the error for a text that ends too early.
  func truncated(_ inside: String) -> JSONError { JSONError(.truncated, at: end, "the text ends inside \(inside)") }

  /// Skips white space.
  @inline(__always)
  mutating func space(_ text: Span<UInt8>, _ at: inout Scan) {
    if text[at.p] <= 0x20 { at.p = afterSpace(text, at.p) }
  }

  @inline(never)
  private mutating func afterSpace(_ text: Span<UInt8>, _ from: Int) -> Int {
    var p = from
    while p < end {
      switch text[p] {
      case 0x20, 0x0A, 0x0D, 0x09: p += 1
      default: return p
      }
    }
    return p
  }

  /// Transcodes the object at `at.p`, with everything inside it.
  private mutating func object(_ text: Span<UInt8>, _ at: inout Scan) throws(JSONError) {
    var scan = at
    var level = 1
    var inside = try beginContainer(UInt8(ascii: "}"), under: KnownKeys.root, level, &scan)
    space(text, &scan)
    var hasMore = text[scan.p] != inside.closer
    while true {
      if hasMore {
        let step =
          inside.isArray
          ? try elements(text, scan, &inside) : try members(text, scan, &inside, isOutermost: level == 1)
        scan = step.at
        if step.isContainer {
          // In ASCII, the code of a closing bracket is greater by 2 than that of the opening one, for brackets and
          // braces alike.
          let closer = text[scan.p] &+ 2
          let type = closer == UInt8(ascii: "]") ? BSONType.array : .document
          step.slot.storeBytes(of: type.rawValue, as: UInt8.self)
          outer.append(inside)
          level &+= 1
          inside = try beginContainer(closer, under: inside.cursor.offset, level, &scan)
          space(text, &scan)
          hasMore = text[scan.p] != closer
          continue
        }
      }
      // This is the position after an element, or inside an empty container.
      space(text, &scan)
      let c = text[scan.p]
      guard scan.p < end, c == UInt8(ascii: ",") || c == inside.closer else {
        throw unexpected(text, scan.p, "where ',' or '\(Unicode.Scalar(inside.closer))' should be")
      }
      scan.p &+= 1
      hasMore = c == UInt8(ascii: ",")
      if hasMore {
        space(text, &scan)
        continue
      }
      close(inside, &scan)
      let within = inside.marks
      level &-= 1
      if level == 0 {
        marks = within
        at = scan
        return
      }
      if level == 1 { innerMarks |= within }
      inside = outer.popContainer()
      inside.marks |= within
    }
  }

  /// Begins the container whose opening bracket is at `at.p`.
  @inline(__always)
  private mutating func beginContainer(
    _ closer: UInt8, under key: KnownKeys.Offset, _ level: Int, _ at: inout Scan
  ) throws(JSONError) -> Container {
    if level > depth { try deepen(to: level, at.p) }
    let start = at.o - out.base
    at.put(Int32(0))
    at.p &+= 1
    let isArray = closer == UInt8(ascii: "]")
    let cursor = isArray ? KnownKeys.Cursor(at: key) : known.object(under: key)
    return Container(
      start: start, closer: closer, cursor: cursor, marks: cursor.isLost && !isArray ? .max : 0, scope: keys.open())
  }

  /// Records a new deepest level, and throws if it exceeds `maxDepth`.
  @inline(never)
  private mutating func deepen(to level: Int, _ p: Int) throws(JSONError) {
    depth = level
    if level == Self.maxRecordDepth + 1 { tooDeepAt = p }
    if level > Self.maxDepth {
      throw JSONError(.tooDeep, at: tooDeepAt, "the record is nested deeper than \(Self.maxRecordDepth) levels")
    }
  }

  /// Ends a container.
  @inline(__always)
  private mutating func close(_ container: Container, _ at: inout Scan) {
    at.put(UInt8(0))
    let start = out.base + container.start
    start.storeBytes(of: Int32(truncatingIfNeeded: at.o - start), as: Int32.self)
    keys.close(container.scope)
  }

  /// Records the element at `slot`, whose key ends at `end`, in the outline.
  @inline(__always)
  mutating func outline(
    _ slot: UnsafeMutableRawPointer, _ end: UnsafeMutableRawPointer, _ cursor: KnownKeys.Cursor
  ) {
    guard !cursor.isLost else {
      isOutlined = false
      return
    }
    outlined.append(
      BSONOutline.Entry(start: slot - out.base &- start, keyCount: end - slot &- 2, tag: known.mark(cursor.offset)))
  }
}
