import BSON
import Findings

/// Reading the contents of objects and arrays.
extension JSONTranscoder {
  /// The result of a step: whether a container follows, the position of the scan, and the address for the type of the
  /// current element.
  typealias Step = (isContainer: Bool, at: Scan, slot: UnsafeMutableRawPointer)

  /// Reads an object's members. Stops at a value that is a container, or after a value that no comma follows.
  mutating func members(
    _ text: Span<UInt8>, _ start: Scan, _ object: inout Container, isOutermost: Bool
  ) throws(JSONError) -> Step {
    var at = start
    var (cursor, marks) = (object.cursor, object.marks)
    while true {
      let slot = at.o
      if !expectedKey(text, &at, &cursor, &marks) {
        (object.cursor, object.marks) = (cursor, marks)
        at = try key(text, at, &object)
        (cursor, marks) = (object.cursor, object.marks)
      }
      if isOutermost { outline(slot, at.o, cursor) }
      let isContainer = try !value(text, &at, slot)
      if isContainer || text[at.p] != UInt8(ascii: ",") {
        (object.cursor, object.marks) = (cursor, marks)
        return (isContainer, at, slot)
      }
      at.p &+= 1
      space(text, &at)
    }
  }

  /// Reads an array's elements. Stops where `members` does.
  mutating func elements(_ text: Span<UInt8>, _ start: Scan, _ array: inout Container) throws(JSONError) -> Step {
    var at = start
    while true {
      try ensureCapacity(&at)
      let slot = at.o
      at.o = (slot + 1).storeIndex(array.count)
      array.count &+= 1
      let isContainer = try !value(text, &at, slot)
      // Nothing follows the end of the text.
      if isContainer || at.p >= end || text[at.p] != UInt8(ascii: ",") { return (isContainer, at, slot) }
      at.p &+= 1
    }
  }

  /// Reads a value. Returns false for a container, which the caller reads.
  @inline(__always)
  private mutating func value(
    _ text: Span<UInt8>, _ at: inout Scan, _ slot: UnsafeMutableRawPointer
  ) throws(JSONError) -> Bool {
    space(text, &at)
    let first = text[at.p]
    let type: BSONType
    if first &- UInt8(ascii: "0") <= 9 || first == UInt8(ascii: "-") {
      type = try number(text, &at)
    } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      return false
    } else {
      (type, at) = try word(text, at, first)
    }
    slot.storeBytes(of: type.rawValue, as: UInt8.self)
    return true
  }

  /// Reads a string, or one of `true`, `false` and `null`.
  @inline(never)
  private mutating func word(
    _ text: Span<UInt8>, _ start: Scan, _ first: UInt8
  ) throws(JSONError) -> (BSONType, Scan) {
    var at = start
    switch first {
    case UInt8(ascii: "\""):
      at.put(Int32(0))
      try string(text, &at)
      at.put(UInt8(0))
      start.o.storeBytes(of: Int32(truncatingIfNeeded: at.o - start.o - 4), as: Int32.self)
      return (.string, at)
    case UInt8(ascii: "t"):
      try literal(text, &at, 0x6575_7274, skip: 0)
      at.put(UInt8(1))
      return (.bool, at)
    case UInt8(ascii: "f"):
      try literal(text, &at, 0x6573_6C61, skip: 1)
      at.put(UInt8(0))
      return (.bool, at)
    case UInt8(ascii: "n"):
      try literal(text, &at, 0x6C6C_756E, skip: 0)
      return (.null, at)
    default: throw foreign(text, at.p) ?? unexpected(text, at.p, "where a value should be")
    }
  }

  /// Reads a literal. Four letters are compared at once; of `false`, the last four.
  @inline(__always)
  private mutating func literal(_ text: Span<UInt8>, _ at: inout Scan, _ word: UInt32, skip: Int) throws(JSONError) {
    let afterWord = at.p &+ skip &+ 4
    guard text.bytes.unsafeLoadUnaligned(fromByteOffset: at.p + skip, as: UInt32.self) == word, afterWord <= end else {
      throw badLiteral(text, at.p)
    }
    at.p = afterWord
  }

  /// Returns the error for a word that is not `true`, `false` or `null`.
  @inline(never)
  private func badLiteral(_ text: Span<UInt8>, _ at: Int) -> JSONError {
    var i = at
    while i < end, case UInt8(ascii: "a")...UInt8(ascii: "z") = text[i] { i += 1 }
    if i >= end { return truncated("the record") }
    return foreign(text, at) ?? JSONError(.syntax, at: at, "expected true, false or null")
  }
}
