import Findings

/// A cell of the current row of a `CSVReader`.
public struct CSVCell: Sendable {
  /// The bytes between the separators or quotes, from the start of the row.
  var range: Range<Int>
  /// Where the cell begins, with its quote, in bytes from the start of the row.
  var start: Int
  /// Whether the text contains doubled quotes, each of which stands for one.
  var hasQuotes: Bool

  public var isEmpty: Bool { range.isEmpty }
}

/// What is wrong with a row of CSV text.
public enum CSVFault: Sendable, Equatable {
  /// A quote inside a cell that is not quoted.
  case strayQuote
  /// Text between a closing quote and the next separator.
  case textAfterQuote
  /// The input ends inside a quoted cell.
  case unclosedQuote
  case tooLong
  /// Bytes that are not valid UTF-8.
  case notUTF8
}

/// A streaming reader of comma-separated values (RFC 4180). Rows end with LF or CR LF. A quoted cell may contain
/// commas, line breaks and doubled quotes. A byte order mark at the start is ignored, and so are empty lines.
///
/// Memory is bounded by the longest row. A row with a fault costs itself only: reading continues at the next line that
/// looks like a row.
///
/// ```
/// var reader = CSVReader(source)
/// while reader.next() { print(reader.text(0)) }
/// ```
public struct CSVReader: ~Copyable {
  /// The cells of the current row.
  public private(set) var cells: [CSVCell] = []
  /// What is wrong with the current row, and the cell in which it was found.
  public private(set) var fault: (fault: CSVFault, cell: Int)?

  /// Returns whether a line can be the beginning of a row. A row that is invalid may contain such lines because a quote
  /// is missing, and reading continues there.
  private let isRowStart: @Sendable (UnsafeRawBufferPointer) -> Bool
  private var window: TextWindow
  /// The start of the current row, and its end with the line break.
  private var start = 0
  private var end = 0
  private var isAtStart = true

  /// Maximum length of a row in bytes.
  public static let longestRow = 1 << 20
  private static let windowSize = 1 << 20

  public init(_ source: ByteSource, isRowStart: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool = { _ in true }) {
    window = TextWindow(source, size: Self.windowSize)
    self.isRowStart = isRowStart
  }

  /// Creates a reader of a text that is in memory.
  public init(
    text: UnsafeRawBufferPointer, at position: Position = .start,
    isRowStart: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool = { _ in true }
  ) {
    window = TextWindow(text, at: position)
    self.isRowStart = isRowStart
  }

  // MARK: The current row

  /// The bytes of the current row, without its line break. They are valid until the next call of `next`.
  public var row: UnsafeRawBufferPointer {
    var count = end - start
    if count > 0, window[start + count - 1] == 0x0A { count -= 1 }
    if count > 0, count < end - start, window[start + count - 1] == 0x0D { count -= 1 }
    return window.buffer.bytes(start..<start + count)
  }

  /// The position at which the current row begins.
  public var position: Position { mutating get { window.position(of: start) } }

  /// Returns the position at which a cell of the current row begins.
  public mutating func position(of cell: CSVCell) -> Position { window.position(of: start + cell.start) }

  /// Returns the bytes of a cell, in which a quote may still be doubled. They are valid until the next call of `next`.
  public func bytes(_ cell: CSVCell) -> UnsafeRawBufferPointer {
    window.buffer.bytes(start + cell.range.lowerBound..<start + cell.range.upperBound)
  }

  /// Returns the text of a cell; "" if the row has no such cell.
  public func text(_ index: Int) -> String {
    guard cells.indices.contains(index) else { return "" }
    let cell = cells[index]
    let text = String(decoding: bytes(cell), as: UTF8.self)
    return cell.hasQuotes ? text.replacing("\"\"", with: "\"") : text
  }

  /// The texts of the cells.
  public var texts: [String] {
    var texts: [String] = []
    texts.reserveCapacity(cells.count)
    for index in cells.indices { texts.append(text(index)) }
    return texts
  }

  // MARK: Reading

  /// Moves to the next row.
  ///
  /// - Returns: False at the end of the input.
  public mutating func next() -> Bool {
    if isAtStart {
      isAtStart = false
      while window.count < 3, case .more = window.fill() {}
      if window.count >= 3, window.isMark(at: 0) { end = 3 }
    }
    repeat {
      start = end
      guard scan() else { return false }
    } while row.isEmpty && fault == nil
    return true
  }

  /// Ends the current row, which has a fault that the caller found, at the first line break behind which a row seems to
  /// begin.
  public mutating func endAtNextRow() {
    var at = start
    while at < end {
      if window[at] == 0x0A, at + 1 < end, isRowStart(window.buffer.bytes(at + 1..<end)) {
        end = at + 1
        return
      }
      at += 1
    }
  }

  private enum State { case cellStart, plain, quoted, quoteInQuoted, returnAfterQuote }

  /// Scans the row that begins at `start`.
  ///
  /// - Returns: False if there is none.
  private mutating func scan() -> Bool {
    cells.removeAll(keepingCapacity: true)
    fault = nil
    var at = start
    var state = State.cellStart
    // Of the current cell: its start, the start of its text, and whether a quote in it is doubled.
    var (cellStart, textStart, hasQuotes, isQuoted) = (0, 0, false, false)
    var isASCII = true

    func close(_ cells: inout [CSVCell], at place: Int, textEnd: Int) {
      cells.append(CSVCell(range: textStart..<max(textStart, textEnd), start: cellStart, hasQuotes: hasQuotes))
      (cellStart, textStart, hasQuotes, isQuoted) = (place + 1, place + 1, false, false)
      state = .cellStart
    }

    // Until the window changes.
    var text = window.bytes
    var limit = min(window.count, start + Self.longestRow)
    while true {
      if at == limit {
        guard at - start < Self.longestRow else {
          fault = fault ?? (.tooLong, cells.count)
          break
        }
        let offset = at - start
        if readOn() {
          at = start + offset
          text = window.bytes
          limit = min(window.count, start + Self.longestRow)
          continue
        }
        if at == start { return false }
        if state == .quoted { fault = fault ?? (.unclosedQuote, cells.count) }
        if state == .returnAfterQuote { fault = fault ?? (.textAfterQuote, cells.count) }
        close(&cells, at: offset, textEnd: state == .quoteInQuoted ? offset - 1 : offset)
        break
      }
      let byte = text[at]
      let offset = at - start
      at += 1
      if byte >= 0x80 { isASCII = false }
      switch state {
      case .quoted:
        if byte == UInt8(ascii: "\"") { state = .quoteInQuoted }
        continue
      case .quoteInQuoted:
        if byte == UInt8(ascii: "\"") {
          hasQuotes = true
          state = .quoted
          continue
        }
        if byte == 0x0D {
          state = .returnAfterQuote
          continue
        }
        if byte != UInt8(ascii: ","), byte != 0x0A {
          fault = fault ?? (.textAfterQuote, cells.count)
          state = .plain
          isQuoted = false
          continue
        }
      case .returnAfterQuote:
        // A carriage return is part of a line break only before a line feed.
        if byte != 0x0A {
          fault = fault ?? (.textAfterQuote, cells.count)
          state = .plain
          isQuoted = false
        }
      case .cellStart:
        if byte == UInt8(ascii: "\"") {
          (state, isQuoted, textStart) = (.quoted, true, offset + 1)
          continue
        }
        state = .plain
      case .plain: break
      }
      // Behind the closing quote, the text ends before that.
      let textEnd = isQuoted ? offset - 1 : offset
      switch byte {
      case UInt8(ascii: ","): close(&cells, at: offset, textEnd: textEnd)
      case 0x0A:
        let hasReturn = offset > 0 && text[at - 2] == 0x0D
        close(&cells, at: offset, textEnd: hasReturn ? textEnd - 1 : textEnd)
        end = at
        checkText(isASCII)
        return true
      case UInt8(ascii: "\""): fault = fault ?? (.strayQuote, cells.count)
      default: break
      }
    }
    end = at
    checkText(isASCII)
    return true
  }

  /// After a fault the rest of the row may be other rows.
  private mutating func checkText(_ isASCII: Bool) {
    if fault == nil, !isASCII, String(validating: window.buffer.bytes(start..<end), as: UTF8.self) == nil {
      fault = (.notUTF8, cells.firstIndex { String(validating: bytes($0), as: UTF8.self) == nil } ?? 0)
    }
    if fault != nil { endAtNextRow() }
  }

  /// Reads more text. Earlier rows leave the window.
  ///
  /// - Returns: False at the end of the input.
  private mutating func readOn() -> Bool {
    while true {
      switch window.fill() {
      case .more: return true
      case .ended: return false
      case .full:
        if start > 0 {
          window.drop(start)
          (start, end) = (0, 0)
        } else {
          window.grow()
        }
      }
    }
  }
}
