import Findings

/// Cuts a stream of text into records: NDJSON, concatenated and pretty-printed objects, arrays however nested, and
/// containers too large to be held are all walked; what is inside one record is not looked at.
///
/// Memory is bounded by the batch and the largest record, not by the input. Text that is not JSON loses its own record
/// only: framing goes on at the next position where one can begin.
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
    /// What was learned and lacks evidence, and keys of plain members that may be it.
    private var unproven: OwnerClaim?
    private var plainKeys: [String] = []
    /// Of the member in hand (containers).
    var key = ""
    /// The key of the last member that was reported not to be a record.
    var notedKey: String?
    var saidSeparator = false
    var saidComma = false

    init(isArray: Bool, opened: Position, expecting: Expecting, owner: Int64?) {
      self.isArray = isArray
      self.opened = opened
      self.expecting = expecting
      self.owner = owner
    }

    var memberKey: String? { isArray || key.utf8.allSatisfy { $0 &- 48 <= 9 } ? nil : key }

    /// Keys of a container that are kept; those of a claim's evidence come early or never.
    private static let mostKeys = 64

    /// Takes what the member in hand says, which may complete what an earlier one said.
    mutating func learn(_ claim: OwnerClaim?, isPlain: Bool, outer: Int64?) {
      if isPlain, plainKeys.count < Self.mostKeys { plainKeys.append(key) }
      if let claim, !claim.evidence.isEmpty {
        unproven = claim
      } else if let claim {
        hold(claim, outer)
      }
      guard let shown = unproven, shown.isShown(by: plainKeys) else { return }
      unproven = nil
      hold(shown, outer)
    }

    /// The clearest claim holds; of two athletes of whom none is named to be the owner, neither is.
    private mutating func hold(_ claim: OwnerClaim, _ outer: Int64?) {
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
  /// Findings that are not shown.
  private var counted = FindingCounts()
  /// How many findings of the next batch are shown.
  private var room: Int
  /// Keys of slices that are members of a container, by where they begin.
  var memberKeys: [Int: String] = [:]
  /// What is known of slices that are not records, by where they begin.
  var oddities: [(start: Int, oddity: SliceOddity)] = []
  /// Plain values that follow each other, which leave together.
  var values: ValueRun?
  /// Set within a text that is not JSON and too long to be held.
  var passing: Passing?
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
  /// How the last whole object began, up to its first colon: its siblings mostly begin so too. Up to date only behind
  /// `knownHead`.
  var lastHead: [UInt8] = []
  /// Where that object is in the window, if `lastHead` is not yet its own.
  var lastObject: Range<Int>?
  /// Of the outermost container, as far as it was read.
  var containerOwner: Int64?
  private var started = false
  var finished = false
  var saidComma = false
  /// Within a run of text that cannot be framed, and has been reported.
  var isPassing = false
  var endsTruncated = false

  public init(_ source: ByteSource, framing: Framing) {
    file = source.name
    self.framing = framing
    room = framing.room()
    window = TextWindow(source, size: framing.batchSize)
  }

  /// Frames a text that is in memory.
  public init(text: UnsafeRawBufferPointer, framing: Framing) {
    file = ""
    self.framing = framing
    room = framing.room()
    window = TextWindow(text, at: .start)
  }

  /// Frames the members of an object as those of a container too large to be held.
  ///
  /// - Parameters:
  ///   - owner: the athlete of the records in it.
  ///   - isNamed: whether no member says otherwise.
  init(inside slice: RecordSlice, of batch: RecordBatch, owner: Int64?, isNamed: Bool, framing: Framing) {
    file = batch.file
    self.framing = framing
    room = framing.room()
    window = TextWindow(batch.text(slice), at: batch.position(of: slice.range.lowerBound))
    started = true
    push(isArray: false)
    contexts[0].owner = owner
    contexts[0].strength = isNamed ? .named : nil
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
      case .more: if held >= framing.batchSize || slices.count + findings.count >= Self.mostInBatch { return cut() }
      case .cut: return cut()
      case .done: finished = true
      }
    }
    return slices.isEmpty && findings.isEmpty && counted.isEmpty ? nil : cut()
  }

  /// Text before this place is done with.
  private var held: Int { values?.range.lowerBound ?? p }

  private mutating func cut() -> RecordBatch {
    knownHead()
    let count = held
    let taken = window.take(count)
    let batch = RecordBatch(
      file: file, slices: slices, findings: findings, counted: counted, memberKeys: memberKeys, oddities: oddities,
      buffer: taken.buffer, count: count, base: taken.base)
    slices = []
    findings = []
    counted = FindingCounts()
    room = framing.room()
    memberKeys = [:]
    oddities = []
    move(by: -count)
    return batch
  }

  private mutating func move(by offset: Int) {
    p += offset
    values = values?.moved(by: offset)
  }

  /// How the last whole object began.
  @discardableResult
  mutating func knownHead() -> [UInt8] {
    if let object = lastObject.take() { lastHead = Self.head(window.buffer.bytes(0..<window.count)[object]) }
    return lastHead
  }

  /// Frees space and reads on. Returns nil when there is more text, otherwise what the caller must return.
  mutating func fill() -> Step? {
    switch window.fill() {
    case .more: return nil
    case .ended: return .done
    case .full:
      if !slices.isEmpty || !findings.isEmpty { return .cut }
      if held > 0 {
        knownHead()
        let count = held
        window.drop(count)
        move(by: -count)
      } else {
        window.grow()
      }
      return fill()
    }
  }

  /// Moves `p` to the next byte that is not white space, and returns nil then.
  mutating func skipSpace() -> Step? {
    while true {
      while p < window.count {
        switch window[p] {
        case 0x0A: indent = 0
        case 0x20, 0x09: indent = indent.map { $0 + 1 }
        case 0x0D: break
        // A record separator (RFC 7464).
        case 0x1E: indent = 0
        // Files with byte order marks, one after the other.
        case 0xEF:
          if let step = lookAhead(3) { return step }
          guard window.isMark(at: p) else { return nil }
          p += 2
        default: return nil
        }
        p += 1
      }
      if let step = fill() { return step }
    }
  }

  private mutating func step() -> Step {
    if let passing { return passOn(passing) }
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
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "}"): endValues()
    default: break
    }
    switch c {
    case UInt8(ascii: "{"): return value()
    case UInt8(ascii: "["): return array()
    case UInt8(ascii: ","): comma()
    case UInt8(ascii: "]"): closeArray()
    case UInt8(ascii: "}"): stray(c)
    default: return contexts.contains { !$0.isArray } ? memberScalar() : scalar()
    }
    return .more
  }

  private mutating func array() -> Step {
    guard contexts.count < framing.maxNesting else { return value() }
    if contexts.isEmpty {
      if case .cut = lookAhead(1 + Self.nearBracket) { return .cut }
      if !opensArray() { return passText() }
    } else if indent == 0, contexts.last?.expecting == .separator, contexts.allSatisfy(\.isArray) {
      // A download that stopped between two records is followed by the next page.
      endInside("the next array begins", at: p)
      contexts.removeAll()
    }
    expectElement()
    push(isArray: true)
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

  mutating func report(_ message: @autoclosure () -> String) { report(.syntax, message(), at: p) }

  /// Adds a finding of a place in the window, or counts it.
  mutating func report(_ rule: Rule, _ message: @autoclosure () -> String, at place: Int) {
    guard findings.count < room else { return counted.add(rule, rule.severity) }
    findings.append(Finding(rule, message(), file: file, position: window.position(of: place)))
  }

  private mutating func atEnd() {
    endValues()
    if !endsTruncated { endInside("the input ends", at: window.count) }
  }

  /// Reports what is left open at a place.
  mutating func endInside(_ what: String, at place: Int) {
    guard let open = contexts.last else { return }
    let container = open.isArray ? "array" : "object"
    report(
      .truncated, "\(what) inside the \(container) opened at line \(open.opened.line), column \(open.opened.column)",
      at: place)
  }
}
