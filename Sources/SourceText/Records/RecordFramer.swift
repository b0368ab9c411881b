import Findings

/// A framer that cuts a stream of text into records: NDJSON, concatenated and pretty-printed objects, nested arrays,
/// and containers that are too large to be kept in memory. It does not examine the inside of a record.
///
/// ```
/// var framer = RecordFramer(source, framing: Framing())
/// while let batch = framer.next() { print(batch.slices.count) }
/// ```
///
/// Memory is bounded by the size of a batch and of the largest record, not by the size of the input. Text that is not
/// JSON costs only its own record: framing continues at the next position at which a record can begin.
public struct RecordFramer: ~Copyable {
  /// An array or container that is open at the current position.
  struct Context {
    enum Expecting {
      case element, separator, elementAfterComma, key, value
      /// Anything may follow, because text that cannot be framed may have included a separator.
      case anything
    }
    let isArray: Bool
    let start: Position
    var expecting: Expecting
    var owner: Int64?
    /// The strength of the claim from which the owner was learned here.
    var strength: OwnerClaim.Strength?
    /// A claim that lacks evidence so far, and the keys of plain members, which may be the evidence.
    private var unproven: OwnerClaim?
    private var plainKeys: [String] = []
    /// The key of the current member, in a container.
    var key = ""
    /// The key of the last member that was reported not to be a record.
    var notedKey: String?
    var reportedSeparator = false
    var reportedComma = false

    init(isArray: Bool, start: Position, expecting: Expecting, owner: Int64?) {
      self.isArray = isArray
      self.start = start
      self.expecting = expecting
      self.owner = owner
    }

    var memberKey: String? { isArray || key.utf8.allSatisfy { $0 &- 48 <= 9 } ? nil : key }

    /// The maximum number of keys of a container that are kept. The keys that are evidence come early or never.
    private static let mostKeys = 64

    /// Learns what the current member says, which may complete what an earlier member said.
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

    /// Accepts the clearest claim. If it is inferred for two athletes, neither of them is the owner.
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
  /// The counts of findings that are not shown.
  private var counted = FindingCounts()
  /// The maximum number of findings that are shown of the next batch.
  private var findingLimit: Int
  /// The keys of slices that are members of a container, by the start of the slice.
  var memberKeys: [Int: String] = [:]
  /// What is known about slices that are not records, by the start of the slice.
  var oddities: [(start: Int, oddity: SliceOddity)] = []
  /// The current run of plain values, which stay in one batch.
  var values: ValueRun?
  /// The current text that is not JSON and is too long to be kept; nil outside of such a text.
  var passing: Passing?
  /// The offset of the next byte to examine.
  var p = 0
  var ordinal = 0
  /// The width of the white space before the value at `p`, if it is the first on its line. Siblings have the same
  /// indent.
  var indent: Int? = 0
  /// The indent of the last value that was the first on its line, among those around `p`.
  var siblingIndent: Int?
  var brackets = OpenBrackets()
  /// What is known about the text after a value that did not end, so that it is not scanned again for each record in
  /// it.
  var unended = UnendedValues()
  /// The beginning of the last whole object, up to its first colon. Its siblings usually begin in the same way. It is
  /// up to date only after a call of `knownHead`.
  var lastHead: [UInt8] = []
  /// The range of that object in the window, if `lastHead` is not yet updated.
  var lastObject: Range<Int>?
  /// The owner in the outermost container, as far as the container was read.
  var containerOwner: Int64?
  private var started = false
  var finished = false
  var reportedComma = false
  /// Whether the framer is in a run of text that cannot be framed and has been reported.
  var isPassing = false
  var endsTruncated = false

  /// Creates a framer of the text of a source.
  public init(_ source: ByteSource, framing: Framing) {
    file = source.name
    self.framing = framing
    findingLimit = framing.remainingFindings()
    window = TextWindow(source, size: framing.batchSize)
  }

  /// Creates a framer of a text that is in memory.
  public init(text: UnsafeRawBufferPointer, framing: Framing) {
    file = ""
    self.framing = framing
    findingLimit = framing.remainingFindings()
    window = TextWindow(text, at: .start)
  }

  /// Creates a framer of the members of an object, which it reads like those of a container that is too large to be
  /// kept in memory.
  ///
  /// - Parameters:
  ///   - owner: the athlete of the records in it.
  ///   - isNamed: whether the owner was named, so that weaker claims of members do not change it.
  init(inside slice: RecordSlice, of batch: RecordBatch, owner: Int64?, isNamed: Bool, framing: Framing) {
    file = batch.file
    self.framing = framing
    findingLimit = framing.remainingFindings()
    window = TextWindow(batch.text(slice), at: batch.position(of: slice.range.lowerBound))
    started = true
    push(isArray: false)
    contexts[0].owner = owner
    contexts[0].strength = isNamed ? .named : nil
  }

  /// The maximum number of slices and findings in a batch. Each may become a finding of some hundred bytes.
  private static let mostInBatch = 1 << 14

  enum Step {
    case more
    /// The window is full and contains whole records. They must be returned first.
    case cut
    case done
  }

  /// Returns the next batch; nil after the last one.
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

  /// The offset up to which the text is no longer needed.
  private var held: Int { values?.range.lowerBound ?? p }

  /// Returns a batch with all slices so far, and removes its text from the window.
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
    findingLimit = framing.remainingFindings()
    memberKeys = [:]
    oddities = []
    move(by: -count)
    return batch
  }

  /// Moves all offsets after the start of the window has changed.
  private mutating func move(by offset: Int) {
    p += offset
    values = values?.moved(by: offset)
  }

  /// Updates and returns the beginning of the last whole object.
  @discardableResult
  mutating func knownHead() -> [UInt8] {
    if let object = lastObject.take() { lastHead = Self.head(window.buffer.bytes(0..<window.count)[object]) }
    return lastHead
  }

  /// Frees space and reads more text. Returns nil if there is more text, otherwise what the caller must return.
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

  /// Moves `p` to the next byte that is not white space, and returns nil. Otherwise returns what the caller must
  /// return.
  mutating func skipSpace() -> Step? {
    while true {
      while p < window.count {
        switch window[p] {
        case 0x0A: indent = 0
        case 0x20, 0x09: indent = indent.map { $0 + 1 }
        case 0x0D: break
        // This is a record separator (RFC 7464).
        case 0x1E: indent = 0
        // Concatenated files may each have a byte order mark.
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

  /// Opens the array or container whose bracket is at `p`.
  mutating func push(isArray: Bool) {
    contexts.append(
      Context(
        isArray: isArray, start: window.position(of: p), expecting: isArray ? .element : .key,
        owner: contexts.last?.owner))
    p += 1
    indent = nil
    siblingIndent = nil
  }

  /// Notes that a value begins. Reports a missing comma if the value follows another element.
  mutating func expectElement() {
    guard let last = contexts.indices.last else { return }
    if contexts[last].expecting == .separator, !contexts[last].reportedSeparator {
      contexts[last].reportedSeparator = true
      report("expected ',' between the elements of the array")
    }
    contexts[last].expecting = .separator
  }

  /// Adds a syntax finding about the position `p`, or counts it.
  mutating func report(_ message: @autoclosure () -> String) { report(.syntax, message(), at: p) }

  /// Adds a finding about an offset in the window, or counts it.
  mutating func report(_ rule: Rule, _ message: @autoclosure () -> String, at offset: Int) {
    guard findings.count < findingLimit else { return counted.add(rule, rule.severity) }
    findings.append(Finding(rule, message(), file: file, position: window.position(of: offset)))
  }

  private mutating func atEnd() {
    endValues()
    if !endsTruncated { endInside("the input ends", at: window.count) }
  }

  /// Reports the array or object that is still open at an offset.
  mutating func endInside(_ what: String, at offset: Int) {
    guard let open = contexts.last else { return }
    let container = open.isArray ? "array" : "object"
    report(
      .truncated, "\(what) inside the \(container) opened at line \(open.start.line), column \(open.start.column)",
      at: offset)
  }
}
