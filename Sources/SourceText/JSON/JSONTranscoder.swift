import BSON
import Findings

/// JSON text to BSON bytes in one pass, exactly: numbers keep their value, keys their order, strings their bytes.
///
/// Loads of text are bounds-checked (`Span`), but for expected keys and runs of digits. For those the text must be
/// followed by 32 readable bytes that are not part of the record, since keys, strings and literals are read in blocks,
/// and the last of all must be NUL, where any run of digits ends (`TextBuffer` pads so); `transcode` checks both.
///
/// What is called for a token is `mutating` even where it changes nothing: a transcoder that is lent is copied.
///
/// Whole numbers become int32 or int64; others double where that prints back to the same value, else decimal128.
///
/// Source: RFC 8259.
public struct JSONTranscoder: ~Copyable {
  /// Objects and arrays around a value that are accepted; a record in a wrapper may sit deeper than one by itself.
  public static let maxDepth = maxRecordDepth + 8
  /// Nesting of one record: a user's response lies two levels down in its document, and a server takes 100.
  public static let maxRecordDepth = 98
  /// BSON bytes of one text at most. A document that a server takes is far smaller, but a wrapper may hold several.
  static let maxOutput = 64 << 20

  /// Documents that are kept, and then the last one.
  var out = ByteBuffer(capacity: 1 << 16)
  /// Bytes of the documents that are kept.
  private var kept = 0
  /// Where the last document begins.
  private var start = 0
  var end = 0
  var known = KnownKeys()
  /// Of objects whose keys are not among the known ones.
  var keys = KeyStack()
  /// Set by a string that held an escape, the only way for a NUL to come in.
  var sawEscape = false
  /// Deepest nesting of the last text, its root counted.
  public private(set) var depth = 0
  /// Where the last text first goes deeper than a record by itself may.
  private var tooDeepAt = 0
  /// The containers around the one whose elements are being read, a `Container` each.
  private var outer = ByteBuffer()

  let mark: @Sendable (UnsafeRawBufferPointer) -> UInt32
  /// The marks of all keys of the last text, at any depth; all bits where its keys were too many to tell.
  public private(set) var marks: UInt32 = 0
  /// The same of the keys that are not the text's own, but of objects inside.
  public private(set) var innerMarks: UInt32 = 0
  /// A `BSONOutline.Entry` for each of the text's own keys.
  private var outlined = ByteBuffer()
  private var isOutlined = false

  /// - Parameter mark: what is to be known of keys, in bits. Asked once for many records; seven bytes behind the key
  ///   can be read.
  public init(mark: @escaping @Sendable (UnsafeRawBufferPointer) -> UInt32 = { _ in 0 }) { self.mark = mark }

  /// The document of the last successful `transcode`; valid until the next.
  public var document: BSONView { BSONView(UnsafeRawPointer(out.base + start)) }

  /// That document's outline, tagged with the marks of its keys; nil where its keys were too many, or had escapes.
  public var outline: BSONOutline? { isOutlined ? BSONOutline(document, outlined.bytes) : nil }

  /// Puts another document in the place of the last one; it has no outline.
  public mutating func replaceDocument(with other: BSONView) {
    out.count = start
    out.append(other.bytes)
    isOutlined = false
  }

  /// Keeps the last document, so that the next is put behind it.
  ///
  /// - Parameter view: of the document, or of one inside it.
  /// - Returns: where that will be in what `takeKept` gives.
  public mutating func keep(_ view: BSONView) -> Range<Int> {
    kept = out.count
    let first = view.base - UnsafeRawPointer(out.base)
    return first..<first + view.count
  }

  /// Returns all documents that were kept, and begins to keep new ones.
  public mutating func takeKept() -> ByteBuffer {
    out.count = kept
    // The next ones take about as much.
    let capacity = kept + kept / 8
    (kept, start) = (0, 0)
    return exchange(&out, with: ByteBuffer(capacity: capacity))
  }

  /// Scans the object that `text[from..<to]` holds, with nothing but white space around it.
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
    try makeRoom(&at)
    space(text, &at)
    guard at.p < end, text[at.p] == UInt8(ascii: "{") else {
      throw foreign(text, min(at.p, end)) ?? JSONError(.syntax, at: min(at.p, end), "expected an object")
    }
    try object(text, &at)
    space(text, &at)
    if at.p != end { throw unexpected(text, at.p, "after the object") }
    out.count = at.o - out.base
  }

  /// Ensures capacity for twice the rest of the text. The BSON form of an object takes no more than that. An element of
  /// an array may take more, by its index, and then ensures capacity again.
  @inline(__always)
  mutating func makeRoom(_ at: inout Scan) throws(JSONError) {
    let wanted = 2 &* max(end &- at.p, 0) &+ 64
    if out.base + out.capacity - at.o < wanted { try makeMore(wanted, &at) }
  }

  @inline(never)
  private mutating func makeMore(_ wanted: Int, _ at: inout Scan) throws(JSONError) {
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

  /// The error where another notation has its own word for a value.
  @inline(never)
  func foreign(_ text: Span<UInt8>, _ p: Int) -> JSONError? {
    // No word of JSON, however it is misspelt.
    guard p < end, "'+-NnIiTFUu".utf8.contains(text[p]), text[p] != UInt8(ascii: "n") || text[p + 1] | 0x20 != 0x75
    else { return nil }
    let word = (p..<min(p + 16, end)).map { text[$0] }
    if word.first == UInt8(ascii: "'") {
      return JSONError(.syntax, at: p, "JSON strings use double quotes; Python's str and print write single quotes")
    }
    return ForeignWords.message(word).map { JSONError(.syntax, at: p, $0) }
  }

  func truncated(_ inside: String) -> JSONError { JSONError(.truncated, at: end, "the text ends inside \(inside)") }

  @inline(__always)
  mutating func space(_ text: Span<UInt8>, _ at: inout Scan) {
    if text[at.p] <= 0x20 { at.p = behindSpace(text, at.p) }
  }

  @inline(never)
  private mutating func behindSpace(_ text: Span<UInt8>, _ from: Int) -> Int {
    var p = from
    while p < end {
      switch text[p] {
      case 0x20, 0x0A, 0x0D, 0x09: p += 1
      default: return p
      }
    }
    return p
  }

  /// The object at `at.p`, with all that is inside.
  private mutating func object(_ text: Span<UInt8>, _ at: inout Scan) throws(JSONError) {
    var scan = at
    var level = 1
    var inside = try opened(UInt8(ascii: "}"), under: KnownKeys.root, level, &scan)
    space(text, &scan)
    var hasMore = text[scan.p] != inside.closer
    while true {
      if hasMore {
        let step =
          inside.isArray
          ? try elements(text, scan, &inside) : try members(text, scan, &inside, isOutermost: level == 1)
        scan = step.at
        if step.isContainer {
          // Of either kind, the closing bracket is two behind the opening one.
          let closer = text[scan.p] &+ 2
          let type = closer == UInt8(ascii: "]") ? BSONType.array : .document
          step.slot.storeBytes(of: type.rawValue, as: UInt8.self)
          outer.append(inside)
          level &+= 1
          inside = try opened(closer, under: inside.cursor.place, level, &scan)
          space(text, &scan)
          hasMore = text[scan.p] != closer
          continue
        }
      }
      // Behind an element, or where brackets have none.
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

  /// Begins a container whose bracket is at `at.p`.
  @inline(__always)
  private mutating func opened(
    _ closer: UInt8, under key: KnownKeys.Place, _ level: Int, _ at: inout Scan
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

  @inline(never)
  private mutating func deepen(to level: Int, _ p: Int) throws(JSONError) {
    depth = level
    if level == Self.maxRecordDepth + 1 { tooDeepAt = p }
    if level > Self.maxDepth {
      throw JSONError(.tooDeep, at: tooDeepAt, "the record is nested deeper than \(Self.maxRecordDepth) levels")
    }
  }

  @inline(__always)
  private mutating func close(_ container: Container, _ at: inout Scan) {
    at.put(UInt8(0))
    let start = out.base + container.start
    start.storeBytes(of: Int32(truncatingIfNeeded: at.o - start), as: Int32.self)
    keys.close(container.scope)
  }

  /// Takes down the element at `slot`, whose key ends at `end`.
  @inline(__always)
  mutating func outline(
    _ slot: UnsafeMutableRawPointer, _ end: UnsafeMutableRawPointer, _ cursor: KnownKeys.Cursor
  ) {
    guard !cursor.isLost else {
      isOutlined = false
      return
    }
    outlined.append(
      BSONOutline.Entry(start: slot - out.base &- start, keyCount: end - slot &- 2, tag: known.mark(cursor.place)))
  }
}
