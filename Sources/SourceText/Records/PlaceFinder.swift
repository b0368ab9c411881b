import Findings

/// Finds lines, columns and values in a batch's text, for messages. It remembers what it has counted: a batch may have a
/// finding for every other byte.
struct PlaceFinder: @unchecked Sendable {
  // The text belongs to the batch, which owns this too; nobody writes to it.
  /// The positions of every `step`th byte, as far as they were needed.
  private var marks: [Position]
  private static let step = 4096
  /// That of the last place: mostly the next one is near behind it.
  private var last: (offset: Int, position: Position)
  /// That of the slice which was asked for last.
  private var path: (start: Int, JSONPath)?

  init(_ base: Position) {
    marks = [base]
    last = (0, base)
  }

  /// - Parameter bytes: the batch's.
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
    path = nil  // so that it is not copied
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
