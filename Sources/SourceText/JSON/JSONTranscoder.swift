import BSON

/// JSON text to BSON bytes in one pass, exactly: numbers keep their value, keys their order, strings their bytes.
///
/// Every load of text is bounds-checked (`Span`). The text must be followed by 16 readable bytes that are no part
/// of the record (`TextBuffer` pads with NUL), because strings and literals are read in blocks.
///
/// Source: RFC 8259; numbers by design section 1 ("Numbers and text in raw_data").
public struct JSONTranscoder: ~Copyable {
  /// Objects and arrays around a value that are accepted; a record in a wrapper may sit deeper than one by itself.
  public static let maxDepth = maxRecordDepth + 8
  /// Nesting of one record: a user's response lies two levels down in its document, and a server takes 100.
  public static let maxRecordDepth = 98
  /// BSON bytes of one text at most. A document that a server takes is far smaller, but a wrapper may hold several.
  static let maxOutput = 64 << 20

  var out = ByteBuffer(capacity: 1 << 16)
  var p = 0
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

  let mark: @Sendable (UnsafeRawBufferPointer) -> UInt32
  /// The marks of all keys of the last text, at any depth; all bits where its keys were too many to tell.
  public internal(set) var marks: UInt32 = 0
  /// The same of the keys that are not the text's own, but of objects inside.
  public private(set) var innerMarks: UInt32 = 0
  /// A `BSONOutline.Entry` for each of the text's own keys.
  private var outlined = ByteBuffer()
  private var isOutlined = false

  /// - Parameter mark: what is to be known of keys, in bits. Asked once for many records; seven bytes behind the key
  ///   can be read.
  public init(mark: @escaping @Sendable (UnsafeRawBufferPointer) -> UInt32 = { _ in 0 }) { self.mark = mark }

  /// The document of the last successful `transcode`; valid until the next.
  public var document: BSONView { BSONView(UnsafeRawPointer(out.base)) }

  /// That document's outline, tagged with the marks of its keys; nil where its keys were too many, or had escapes.
  public var outline: BSONOutline? { isOutlined ? BSONOutline(document, outlined.bytes) : nil }

  /// Scans the object that `text[from..<to]` holds, with nothing but white space around it.
  public mutating func transcode(_ text: Span<UInt8>, from: Int, to: Int) throws(JSONError) {
    out.count = 0
    out.shrink(to: 1 << 20)
    keys.removeAll()
    if known.isFull { known.removeAll() }
    marks = 0
    innerMarks = 0
    outlined.count = 0
    isOutlined = true
    sawEscape = false
    depth = 0
    p = from
    end = to
    try makeRoom()
    try space(text)
    guard p < end, text[p] == UInt8(ascii: "{") else {
      throw JSONError(.syntax, at: min(p, end), "expected an object")
    }
    try object(text, level: 1, under: KnownKeys.root)
    try space(text)
    if p != end { throw unexpected(text, "after the object") }
  }

  /// Keeps the promise that the rest of the text, copied as it is, has room; what each element costs beyond its text
  /// is made room for here.
  @inline(__always)
  mutating func makeRoom() throws(JSONError) {
    let wanted = end &- p &+ 64
    if out.capacity &- out.count < wanted {
      if out.count > Self.maxOutput {
        throw JSONError(.tooLarge, at: p, "the record's BSON form is beyond \(Self.maxOutput >> 20) MiB")
      }
      out.reserve(wanted)
    }
  }

  @inline(never)
  func unexpected(_ text: Span<UInt8>, _ context: String) -> JSONError {
    if p >= end { return JSONError(.truncated, at: end, "the text ends inside the record") }
    return JSONError(.syntax, at: p, "unexpected \(shown(text[p])) \(context)")
  }

  @inline(__always)
  mutating func space(_ text: Span<UInt8>) throws(JSONError) {
    if text[p] <= 0x20 { skipSpace(text) }
  }

  @inline(never)
  private mutating func skipSpace(_ text: Span<UInt8>) {
    while p < end {
      switch text[p] {
      case 0x20, 0x0A, 0x0D, 0x09: p += 1
      default: return
      }
    }
  }

  private mutating func object(_ text: Span<UInt8>, level: Int, under outer: KnownKeys.Place) throws(JSONError) {
    try enter(level)
    let start = out.count
    out.put(Int32(0))
    let outerMarks = marks
    marks = 0
    var cursor = known.object(under: outer)
    if cursor.isLost { marks = .max }
    let scope = keys.open()
    p += 1
    try space(text)
    if p < end, text[p] == UInt8(ascii: "}") {
      p += 1
    } else {
      while true {
        guard p < end, text[p] == UInt8(ascii: "\"") else { throw unexpected(text, "where a key should be") }
        try makeRoom()
        let slot = out.count
        out.put(UInt8(0))
        try key(text, &cursor, scope, of: start)
        if level == 1 { outline(slot, cursor) }
        try space(text)
        guard p < end, text[p] == UInt8(ascii: ":") else { throw unexpected(text, "where ':' should be") }
        p += 1
        try space(text)
        try value(text, slot, level, cursor.place)
        try space(text)
        guard p < end else { throw unexpected(text, "") }
        let c = text[p]
        p += 1
        if c == UInt8(ascii: ",") {
          try space(text)
          continue
        }
        if c == UInt8(ascii: "}") { break }
        p -= 1
        throw unexpected(text, "where ',' or '}' should be")
      }
    }
    keys.close(scope)
    if level > 1 { innerMarks |= marks }
    marks |= outerMarks
    finish(start)
  }

  /// Takes down the element at `slot`, whose key has just been written.
  @inline(__always)
  private mutating func outline(_ slot: Int, _ cursor: KnownKeys.Cursor) {
    guard !cursor.isLost else {
      isOutlined = false
      return
    }
    let mark = known.mark(cursor.place)
    outlined.append(BSONOutline.Entry(start: slot, keyCount: out.count &- slot &- 2, tag: mark))
  }

  private mutating func array(_ text: Span<UInt8>, level: Int, under key: KnownKeys.Place) throws(JSONError) {
    try enter(level)
    let start = out.count
    out.put(Int32(0))
    var index = 0
    p += 1
    try space(text)
    if p < end, text[p] == UInt8(ascii: "]") {
      p += 1
    } else {
      while true {
        try makeRoom()
        let slot = out.count
        out.put(UInt8(0))
        out.putIndex(index)
        index += 1
        try value(text, slot, level, key)
        try space(text)
        guard p < end else { throw unexpected(text, "") }
        let c = text[p]
        p += 1
        if c == UInt8(ascii: ",") {
          try space(text)
          continue
        }
        if c == UInt8(ascii: "]") { break }
        p -= 1
        throw unexpected(text, "where ',' or ']' should be")
      }
    }
    finish(start)
  }

  @inline(__always)
  private mutating func enter(_ level: Int) throws(JSONError) {
    if level > depth {
      depth = level
      if level == Self.maxRecordDepth + 1 { tooDeepAt = p }
      if level > Self.maxDepth {
        throw JSONError(.tooDeep, at: tooDeepAt, "nested deeper than \(Self.maxRecordDepth) levels")
      }
    }
  }

  @inline(__always)
  private mutating func finish(_ start: Int) {
    out.append(UInt8(0))
    out.set(Int32(truncatingIfNeeded: out.count - start), at: start)
  }

  /// - Parameter key: the place of the key that the value stands under, arrays between them aside.
  @inline(__always)
  private mutating func value(
    _ text: Span<UInt8>, _ slot: Int, _ level: Int, _ key: KnownKeys.Place
  ) throws(JSONError) {
    let type: BSONType
    switch text[p] {
    case UInt8(ascii: "\""):
      type = .string
      let start = out.count
      out.put(Int32(0))
      try string(text)
      out.put(UInt8(0))
      out.set(Int32(truncatingIfNeeded: out.count - start - 4), at: start)
    case UInt8(ascii: "{"):
      type = .document
      try object(text, level: level + 1, under: key)
    case UInt8(ascii: "["):
      type = .array
      try array(text, level: level + 1, under: key)
    case UInt8(ascii: "t"):
      type = .bool
      try literal(text, 0x6575_7274, skip: 0)
      out.put(UInt8(1))
    case UInt8(ascii: "f"):
      type = .bool
      try literal(text, 0x6573_6C61, skip: 1)
      out.put(UInt8(0))
    case UInt8(ascii: "n"):
      type = .null
      try literal(text, 0x6C6C_756E, skip: 0)
    default:
      type = try number(text)
    }
    out.set(type.rawValue, at: slot)
  }

  /// Four letters at once; of `false` the last four.
  @inline(__always)
  private mutating func literal(_ text: Span<UInt8>, _ word: UInt32, skip: Int) throws(JSONError) {
    let at = p
    if text.bytes.unsafeLoadUnaligned(fromByteOffset: p + skip, as: UInt32.self) == word {
      p += skip + 4
    } else {
      throw badLiteral(text, at)
    }
    if p > end { throw badLiteral(text, at) }
  }

  @inline(never)
  private func badLiteral(_ text: Span<UInt8>, _ at: Int) -> JSONError {
    var i = at
    while i < end, case UInt8(ascii: "a")...UInt8(ascii: "z") = text[i] { i += 1 }
    if i >= end { return JSONError(.truncated, at: end, "the text ends inside the record") }
    return JSONError(.syntax, at: at, "this is none of true, false and null")
  }
}
