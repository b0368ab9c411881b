import Findings

/// Cuts a stream of text into records: NDJSON, concatenated and pretty-printed objects, arrays however nested, and
/// containers too large to be held are all walked; what is inside one record is not looked at.
///
/// Memory is bounded by the batch and the largest record, not by the input. Text that is no JSON costs its own record:
/// framing goes on at the next place where one can begin.
public struct RecordFramer: ~Copyable {
  /// What is open around the place.
  struct Context {
    enum Expecting {
      case element, separator, elementAfterComma, key, value
      /// Behind text that does not frame, which may have taken a separator along.
      case anything
    }
    let isArray: Bool
    let opened: Position
    var expecting: Expecting
    var owner: Int64?
    /// Of what was learned of the owner here.
    var strength: OwnerClaim.Strength?
    /// Of the member in hand (containers).
    var key = ""
    /// That of the last member that was told to be no record.
    var notedKey: String?
    var saidSeparator = false

    var memberKey: String? { isArray || key.utf8.allSatisfy { $0 &- 48 <= 9 } ? nil : key }

    /// The clearest claim holds; of two athletes of whom none is named to be the owner, neither is.
    mutating func learn(_ claim: OwnerClaim, outer: Int64?) {
      if let strength, strength > claim.strength { return }
      owner = claim.strength == .inferred && strength == .inferred ? outer : claim.athlete
      strength = claim.strength
    }
  }

  let file: String
  let framing: Framing
  var window: TextWindow
  var contexts: [Context] = []
  var slices: [RecordSlice] = []
  var findings: [Finding] = []
  /// Keys of slices that are members of a container, by where they begin.
  var memberKeys: [Int: String] = [:]
  /// On the next byte to look at.
  var p = 0
  var ordinal = 0
  /// White space before the value at `p`, where it is the first on its line: siblings have the same.
  var indent: Int? = 0
  /// That of the last value that was the first on its line, among those around `p`.
  var siblingIndent: Int?
  var brackets = OpenBrackets()
  /// What is known of the text behind a value that did not end, so that it is not gone through again for each record
  /// in it.
  var unended = UnendedValues()
  /// How the last whole object began, up to its first colon: its siblings mostly begin so too.
  var lastHead: [UInt8] = []
  /// Of the outermost container, as far as it was read.
  var containerOwner: Int64?
  private var started = false
  var finished = false
  private var saidComma = false
  /// Within a run of text that cannot frame, which has been told.
  private var isPassing = false
  var endsTruncated = false

  public init(_ source: ByteSource, framing: Framing) {
    file = source.name
    self.framing = framing
    window = TextWindow(source, size: framing.batchSize)
  }

  /// Frames the members of an object as those of a container too large to be held.
  ///
  /// - Parameter owner: of all records in it.
  init(inside slice: RecordSlice, of batch: RecordBatch, owner: Int64?, framing: Framing) {
    file = batch.file
    self.framing = framing
    window = TextWindow(batch.text(slice), at: batch.position(of: slice.range.lowerBound))
    started = true
    push(isArray: false)
    contexts[0].owner = owner
    contexts[0].strength = owner == nil ? nil : .named
  }

  /// Slices and findings of a batch at most; each may become a finding of some hundred bytes.
  private static let mostInBatch = 1 << 14

  enum Step {
    case more
    /// The window is full and holds whole records: they must leave first.
    case cut
    case done
  }

  /// The next batch; nil behind the last.
  public mutating func next() -> RecordBatch? {
    if !started {
      started = true
      start()
    }
    while !finished {
      switch step() {
      case .more: if p >= framing.batchSize || slices.count + findings.count >= Self.mostInBatch { return cut() }
      case .cut: return cut()
      case .done: finished = true
      }
    }
    return slices.isEmpty && findings.isEmpty ? nil : cut()
  }

  private mutating func cut() -> RecordBatch {
    let taken = window.take(p)
    let batch = RecordBatch(
      file: file, slices: slices, findings: findings, memberKeys: memberKeys, buffer: taken.buffer, count: p,
      base: taken.base)
    slices = []
    findings = []
    memberKeys = [:]
    p = 0
    return batch
  }

  /// Skips a byte order mark, and gives up on what is plainly no JSON.
  private mutating func start() {
    while window.count < 64, case .more = window.fill() {}
    let head = window.buffer.bytes(0..<min(window.count, 64))
    if head.starts(with: [0xEF, 0xBB, 0xBF]) { p = 3 }
    if head.starts(with: [0xFE, 0xFF]) || head.starts(with: [0xFF, 0xFE]) || head.prefix(4).contains(0) {
      return giveUp(.notJSON, "this is UTF-16 or binary; JSON text is UTF-8")
    }
    guard let step = skipSpace(), case .done = step else { return checkFirst() }
    giveUp(.emptyInput, "the input is empty: no record in it")
  }

  private mutating func checkFirst() {
    let c = window[p]
    let word = window.buffer.bytes(p..<min(p + 5, window.count))
    switch c {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      return
    case _ where ["true", "false", "null"].contains { word.starts(with: $0.utf8) }: return
    default: giveUp(.notJSON, "this is no JSON: it begins with \(shown(c))")
    }
  }

  mutating func giveUp(_ rule: Rule, _ message: String) {
    findings.append(Finding(rule, message, file: file, position: window.position(of: p)))
    finished = true
  }

  /// Makes room and reads on; nil when there is more, else what the caller must return.
  mutating func fill() -> Step? {
    switch window.fill() {
    case .more: return nil
    case .ended: return .done
    case .full:
      if !slices.isEmpty || !findings.isEmpty { return .cut }
      if p > 0 {
        window.drop(p)
        p = 0
      } else {
        window.grow()
      }
      return fill()
    }
  }

  /// Leaves `p` on the next byte that is no white space; nil then.
  private mutating func skipSpace() -> Step? {
    while true {
      while p < window.count {
        switch window[p] {
        case 0x0A: indent = 0
        case 0x20, 0x09: indent = indent.map { $0 + 1 }
        case 0x0D: break
        default: return nil
        }
        p += 1
      }
      if let step = fill() { return step }
    }
  }

  private mutating func step() -> Step {
    if isPassing, let step = passStray() {
      if case .done = step { atEnd() }
      return step
    }
    if let step = skipSpace() {
      if case .done = step { atEnd() }
      return step
    }
    let c = window[p]
    if contexts.last?.isArray == false { return memberStep(c) }
    switch c {
    case UInt8(ascii: "{"): return value()
    case UInt8(ascii: "["):
      guard contexts.count < framing.maxNesting else { return value() }
      expectElement()
      push(isArray: true)
    case UInt8(ascii: ","): comma()
    case UInt8(ascii: "]"): closeArray()
    case UInt8(ascii: "}"): stray(c)
    default: return contexts.contains { !$0.isArray } ? memberScalar() : scalar()
    }
    return .more
  }

  mutating func push(isArray: Bool) {
    contexts.append(
      Context(
        isArray: isArray, opened: window.position(of: p), expecting: isArray ? .element : .key,
        owner: contexts.last?.owner))
    p += 1
    indent = nil
    siblingIndent = nil
  }

  /// A value is there: in an array that must be its turn.
  mutating func expectElement() {
    guard let last = contexts.indices.last else { return }
    if contexts[last].expecting == .separator, !contexts[last].saidSeparator {
      contexts[last].saidSeparator = true
      report("expected ',' between the elements of the array")
    }
    contexts[last].expecting = .separator
  }

  private mutating func comma() {
    if let last = contexts.indices.last {
      if contexts[last].expecting == .separator || contexts[last].expecting == .anything {
        contexts[last].expecting = contexts[last].isArray ? .elementAfterComma : .key
      } else {
        report("unexpected ',': there is no element before it")
      }
    } else if !saidComma {
      saidComma = true
      report("unexpected ',' between values that are in no array")
    }
    p += 1
  }

  private mutating func closeArray() {
    guard let last = contexts.last, last.isArray else { return stray(window[p]) }
    if last.expecting == .elementAfterComma { report("unexpected ']' after ','") }
    contexts.removeLast()
    p += 1
    indent = nil
  }

  mutating func stray(_ c: UInt8) {
    report("unexpected \(shown(c))")
    p += 1
    indent = nil
    isPassing = true
  }

  /// One finding for a run of such text; nil behind it.
  private mutating func passStray() -> Step? {
    while true {
      while p < window.count, !Self.mayFrame.contains(window[p]) { p += 1 }
      if p < window.count { break }
      if let step = fill() { return step }
    }
    isPassing = false
    return nil
  }

  private static let mayFrame = Set(" \t\r\n{}[],:\"".utf8)

  mutating func report(_ message: String) {
    findings.append(Finding(.syntax, message, file: file, position: window.position(of: p)))
  }

  private mutating func atEnd() {
    if !endsTruncated { endInside() }
  }

  /// Tells what the input's end leaves open.
  mutating func endInside() {
    guard let open = contexts.last else { return }
    let what = open.isArray ? "array" : "object"
    findings.append(
      Finding(
        .truncated,
        "the input ends inside the \(what) opened at line \(open.opened.line), column \(open.opened.column)",
        file: file, position: window.position(of: window.count)))
  }
}
