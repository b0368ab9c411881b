import BSON
import CScan

/// The keys of earlier objects, and the order in which they followed each other.
///
/// Records of one kind have the same keys in nearly the same order, so a key is usually one that followed here before.
/// It is then compared with the raw text, and one number says whether its object already has it.
///
/// Objects are distinguished by the keys whose values they are. Objects with many keys are tables rather than records,
/// and are ignored.
struct KnownKeys: ~Copyable {
  /// The offset of an entry.
  typealias Offset = Int
  /// The entry of objects whose keys are not learned. No key follows it.
  static let nowhere: Offset = 0
  /// The entry that is the parent of a record.
  static let root: Offset = MemoryLayout<Entry>.stride

  /// An object whose keys are being read.
  struct Cursor: BitwiseCopyable {
    fileprivate let object: Offset
    /// The entry of the last key, or of the object before its first key.
    fileprivate(set) var offset: Offset
    /// The number of the object's turn. No other object has the same number.
    fileprivate let turn: UInt32

    static let lost = Cursor(at: nowhere)

    fileprivate init(object: Offset, turn: UInt32) {
      self.object = object
      offset = object
      self.turn = turn
    }

    /// Creates a cursor at the value of a key that is not an object.
    init(at offset: Offset) {
      object = KnownKeys.nowhere
      self.offset = offset
      turn = 0
    }

    var isLost: Bool {
      @inline(__always) get { offset == nowhere }
    }
  }

  /// The maximum number of entries. Beyond it, everything is learned again.
  private static let most = 1 << 14
  private static let mostKeys = 128
  private static let longestKey = 128
  /// The maximum number of bytes in a key that fits into its entry, with quotes and colon.
  private static let longestInEntry = 29

  /// A key of an object, or an object. Its size is one line of the processor's cache. In the fields of an entry, the
  /// offset 0 means that there is no such entry.
  private struct Entry: BitwiseCopyable {
    /// The key in quotes and a colon, cut off after 32 bytes.
    var text: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// A mask of the bytes of `text` that belong to the key, one bit per byte.
    var bytes: UInt32 = 0
    /// The number of bytes in the key.
    var count: Int16 = 0
    /// The index of the key in `longTexts`, if it is long.
    var longText: Int16 = 0
    /// The last two keys that followed this one.
    var next: Int32 = 0
    var second: Int32 = 0
    /// The next key of the same object, in no particular order; for an object, its first key.
    var other: Int32 = 0
    /// The object that is the value of the key.
    var inner: Int32 = 0
    /// The last turn in which the key occurred; for an object, the number of its keys.
    var turn: UInt32 = 0
    var mark: UInt32 = 0
  }

  private var entries = ByteBuffer(capacity: 256 * MemoryLayout<Entry>.stride)
  /// The long keys as they are in the text, with quotes and colon.
  private var longTexts: [[UInt8]] = []
  private var turns: UInt32 = 0

  init() { removeAll() }

  /// Whether no more can be learned, or the numbers of turns run out.
  var isFull: Bool { entries.count >= Self.most * MemoryLayout<Entry>.stride || turns > .max / 2 }

  mutating func removeAll() {
    entries.count = 0
    longTexts.removeAll()
    turns = 0
    for _ in [Self.nowhere, Self.root] { _ = add(Entry()) }
  }

  private subscript(_ offset: Offset) -> Entry {
    @inline(__always) unsafeAddress { UnsafePointer(entry(offset)) }
    @inline(__always) nonmutating unsafeMutableAddress { entry(offset) }
  }

  @inline(__always)
  private func entry(_ offset: Offset) -> UnsafeMutablePointer<Entry> {
    (entries.base + offset).assumingMemoryBound(to: Entry.self)
  }

  private mutating func add(_ entry: Entry) -> Offset {
    entries.append(entry)
    return entries.count - MemoryLayout<Entry>.stride
  }

  @inline(__always)
  func mark(_ offset: Offset) -> UInt32 { self[offset].mark }

  /// Begins an object that is the value of a key.
  @inline(__always)
  mutating func object(under offset: Offset) -> Cursor {
    if offset == Self.nowhere { return .lost }
    turns &+= 1
    let inner = Offset(self[offset].inner)
    if inner > 0 { return Cursor(object: inner, turn: turns) }
    return makeObject(under: offset)
  }

  @inline(never)
  private mutating func makeObject(under offset: Offset) -> Cursor {
    if isFull { return .lost }
    let made = add(Entry())
    self[offset].inner = Int32(made)
    return Cursor(object: made, turn: turns)
  }

  /// Moves to the next key if it is one of those that followed before, and copies it.
  ///
  /// - Parameters:
  ///   - at: the offset of the key's opening quote in the text. The 32 bytes after the end of the text can be read.
  ///   - out: the output, with capacity for the key in its quotes and 32 more bytes.
  /// - Returns: the number of bytes in the key; nil for another key, for a key that the object already has, if there is
  ///   no key, or if its colon does not follow directly.
  @inline(__always)
  func follow(
    _ cursor: inout Cursor, _ text: UnsafeRawPointer, at: Int, end: Int, copyTo out: UnsafeMutableRawPointer
  ) -> Int? {
    let last = entry(cursor.offset)
    return match(Offset(last.pointee.next), &cursor, text, at, end, out)
      ?? match(Offset(last.pointee.second), &cursor, text, at, end, out)
  }

  @inline(__always)
  private func match(
    _ next: Offset, _ cursor: inout Cursor, _ text: UnsafeRawPointer, _ at: Int, _ end: Int,
    _ out: UnsafeMutableRawPointer
  ) -> Int? {
    if next == 0 { return nil }
    let entry = entry(next)
    let count = Int(entry.pointee.count)
    if at &+ count &+ 3 >= end || entry.pointee.turn == cursor.turn { return nil }
    if text_copy_differences(out, text + at, entry) & entry.pointee.bytes != 0 { return nil }
    if count > Self.longestInEntry, !restMatches(entry.pointee, text + at, out) { return nil }
    entry.pointee.turn = cursor.turn
    cursor.offset = next
    return count
  }

  /// Copies the text of a long key, and returns whether all of it matches.
  @inline(never)
  private func restMatches(_ entry: Entry, _ text: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) -> Bool {
    let key = longTexts[Int(entry.longText)]
    out.copyMemory(from: text, byteCount: key.count)
    return UnsafeRawBufferPointer(start: text, count: key.count).elementsEqual(key)
  }

  /// Moves to a key that was not expected, and learns it.
  ///
  /// - Parameter key: a key that was written without escapes.
  /// - Returns: false if the object already has the key, or if the key cannot be learned.
  mutating func learn(
    _ key: UnsafeRawBufferPointer, _ cursor: inout Cursor, mark: (UnsafeRawBufferPointer) -> UInt32
  ) -> Bool {
    guard let offset = find(key, in: cursor.object) ?? add(key, to: cursor.object, mark) else { return false }
    if self[offset].turn == cursor.turn { return false }
    self[offset].turn = cursor.turn
    let last = cursor.offset
    if self[last].next != offset {
      self[last].second = self[last].next
      self[last].next = Int32(offset)
    }
    cursor.offset = offset
    return true
  }

  private func find(_ key: UnsafeRawBufferPointer, in object: Offset) -> Offset? {
    var offset = Offset(self[object].other)
    while offset != 0 {
      let entry = entry(offset)
      if entry.pointee.count == key.count {
        let isSame =
          key.count > Self.longestInEntry
          ? longTexts[Int(entry.pointee.longText)].dropFirst().starts(with: key)
          : UnsafeRawBufferPointer(start: UnsafeRawPointer(entry) + 1, count: key.count).elementsEqual(key)
        if isSame { return offset }
      }
      offset = Offset(entry.pointee.other)
    }
    return nil
  }

  private mutating func add(
    _ key: UnsafeRawBufferPointer, to object: Offset, _ mark: (UnsafeRawBufferPointer) -> UInt32
  ) -> Offset? {
    guard self[object].turn < Self.mostKeys, key.count <= Self.longestKey, !isFull else { return nil }
    let text = Array("\"".utf8) + key + Array("\":".utf8)
    var entry = Entry(count: Int16(key.count), mark: mark(key))
    withUnsafeMutableBytes(of: &entry.text) { $0.copyBytes(from: text.prefix($0.count)) }
    entry.bytes = ~0 >> UInt32(max(0, 32 - text.count))
    if key.count > Self.longestInEntry {
      entry.longText = Int16(longTexts.count)
      longTexts.append(text)
    }
    entry.other = self[object].other
    let made = add(entry)
    self[object].other = Int32(made)
    self[object].turn += 1
    return made
  }
}
