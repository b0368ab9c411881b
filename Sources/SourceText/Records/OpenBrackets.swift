/// The open brackets, one bit each. The innermost 64 are in one word.
struct OpenBrackets {
  private var innermost: UInt64 = 0
  private var outer: [UInt64] = []
  private var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func removeAll() {
    if count > 64 { outer.removeAll(keepingCapacity: true) }
    count = 0
  }

  @inline(__always)
  mutating func open(isSquare: Bool) {
    if count & 63 == 0, count > 0 { outer.append(innermost) }
    innermost = innermost &<< 1 | (isSquare ? 1 : 0)
    count &+= 1
  }

  /// Closes the innermost bracket.
  ///
  /// - Returns: false if the innermost bracket is of the other kind, or if no bracket is open.
  @inline(__always)
  mutating func close(isSquare: Bool) -> Bool {
    guard count > 0, innermost & 1 == (isSquare ? 1 : 0) else { return false }
    innermost &>>= 1
    count &-= 1
    if count & 63 == 0, let next = outer.popLast() { innermost = next }
    return true
  }
}
