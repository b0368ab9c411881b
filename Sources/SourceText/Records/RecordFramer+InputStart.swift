import Findings

/// Reading of the beginning of an input.
extension RecordFramer {
  /// The maximum number of bytes in which JSON is searched for if an input begins with other text.
  private static let mostBeforeFirst = 1 << 20

  /// Reads the beginning of the input, and gives up if it is clearly not JSON.
  mutating func start() {
    while window.count < 64, case .more = window.fill() {}
    let head = window.buffer.bytes(0..<min(window.count, 64))
    let isWide = head.prefix(4).contains(0) && !head.prefix(4).allSatisfy { $0 == 0 }
    if head.starts(with: [0xFE, 0xFF]) || head.starts(with: [0xFF, 0xFE]) || isWide {
      return giveUp(.notJSON, "this is UTF-16 or binary data; JSON text is UTF-8")
    }
    guard let step = skipSpace(), case .done = step else { return checkFirst() }
    giveUp(.emptyInput, "the input is empty: it contains no records")
  }

  private mutating func checkFirst() {
    let c = window[p]
    let word = window.buffer.bytes(p..<min(p + 5, window.count))
    switch c {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      return
    case _ where ["true", "false", "null"].contains { word.starts(with: $0.utf8) }: return
    default: passFirst()
    }
  }

  /// Reports a problem with the whole input, and ends the framing.
  mutating func giveUp(_ rule: Rule, _ message: String) {
    endValues()
    findings.append(Finding(rule, message, file: file, position: window.position(of: p)))
    finished = true
  }

  /// Searches for JSON after the text with which an input begins.
  mutating func passFirst() {
    let position = window.position(of: p)
    var scanned = 0
    var found: Beginning?
    while found == nil, scanned < Self.mostBeforeFirst {
      let (beginning, upTo) = beginning(from: p + scanned)
      found = beginning
      scanned = upTo - p
      guard found == nil, fill() == nil else { break }
    }
    guard let found else {
      let head = window.buffer.bytes(p..<min(window.count, p + Self.mostBeforeFirst))
      findings.append(
        Finding(.notJSON, ForeignText.message(head), file: file, position: position))
      finished = true
      return
    }
    let start = p
    take(p..<found.at)
    begin(at: found, after: start)
  }
}
