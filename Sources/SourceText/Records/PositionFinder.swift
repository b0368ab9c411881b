import Findings

/// A finder of lines, columns and values in the text of a batch, for messages. It remembers what it has counted,
/// because a batch may have a finding for every other byte.
struct PositionFinder: @unchecked Sendable {
  // Another thread can use it, because the batch owns both the text and the finder, and nothing writes to the text.

  /// The positions of every `step`th byte, as far as they were needed.
  private var marks: [Position]
  private static let step = 4096
  /// The position that was requested last. The next one is usually shortly after it.
  private var last: (offset: Int, position: Position)
  /// The finder for the slice that was requested last, and the start of that slice.
  private var path: (start: Int, JSONPath)?

  init(_ base: Position) {
    marks = [base]
    last = (0, base)
  }

  /// Returns the line and column of an offset.
  ///
  /// - Parameter bytes: the text of the batch.
  mutating func position(of offset: Int, in bytes: UnsafeRawBufferPointer) -> Position {
    let mark = offset / Self.step
    if last.offset >= mark * Self.step, last.offset <= offset {
      last = (offset, last.position.advanced(over: bytes.part(last.offset..<offset)))
      return last.position
    }
    while marks.count <= mark {
      let start = (marks.count - 1) * Self.step
      marks.append(marks[marks.count - 1].advanced(over: bytes.part(start..<start + Self.step)))
    }
    last = (offset, marks[mark].advanced(over: bytes.part(mark * Self.step..<offset)))
    return last.position
  }

  /// Calls `body` with a finder of paths in the slice that begins at `start`.
  mutating func inSlice<R>(at start: Int, _ text: UnsafeRawBufferPointer, _ body: (inout JSONPath) -> R) -> R {
    var known = path?.start == start ? path?.1 : nil
    path = nil  // This avoids a copy.
    var own = known.take() ?? JSONPath(text)
    defer { path = (start, own) }
    return body(&own)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }
}
