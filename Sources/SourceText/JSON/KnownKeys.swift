import BSON
import CScan

/// The keys that objects have had so far, and which of them came after which.
///
/// Records of one kind have the same keys in nearly the same order. So a key mostly is one that came there before: it is
/// compared with the text as it stands, and whether its object has it already is one number.
///
/// Objects are told apart by the keys that they stand under. Those with many keys are tables rather than records, and
/// are left alone.
struct KnownKeys: ~Copyable {
  typealias Place = Int
  /// Around a record.
  static let root: Place = 0
  /// Of objects whose keys are not to be known.
  static let nowhere: Place = -1

  /// An object whose keys are being read.
  struct Cursor: BitwiseCopyable {
    fileprivate let object: Place
    /// The last key; the object before the first.
    fileprivate(set) var place: Place
    /// The object's turn: no other object has it.
    fileprivate let turn: UInt32

    static let lost = Cursor(at: nowhere)

    fileprivate init(object: Place, turn: UInt32) {
      self.object = object
      place = object
      self.turn = turn
    }

    /// Of no object, but of what stands under a key.
    init(at place: Place) {
      object = KnownKeys.nowhere
      self.place = place
      turn = 0
    }

    var isLost: Bool {
      @inline(__always) get { place == nowhere }
    }
  }

  /// Places at most; then all is learned anew.
  private static let most = 1 << 14
  private static let mostKeys = 128
  private static let longestKey = 128

  /// A key of an object, or an object. Eight words of four bytes; 0 is no place.
  private struct Entry: BitwiseCopyable {
    /// The key in quotes, and a colon, in `texts`.
    var text: Int32 = 0
    /// Bytes of the key.
    var count: Int32 = 0
    /// The keys that came next, the last two.
    var next: Int32 = 0
    var second: Int32 = 0
    /// The next of the object's keys, in no order; the first for an object.
    var other: Int32 = 0
    /// Objects under the key.
    var inner: Int32 = 0
    /// The last turn that had the key; how many keys an object has.
    var turn: UInt32 = 0
    var mark: UInt32 = 0
  }

  private var entries = ByteBuffer(capacity: 256 * MemoryLayout<Entry>.stride)
  private var texts = ByteBuffer()
  private var count = 0
  private var turns: UInt32 = 0

  init() { add(Entry()) }

  /// True where no more can be learned, or turns run out.
  var isFull: Bool { count >= Self.most || turns > .max / 2 }

  mutating func removeAll() {
    entries.count = 0
    texts.count = 0
    count = 0
    turns = 0
    add(Entry())
  }

  private subscript(_ place: Place) -> Entry {
    @inline(__always) unsafeAddress { UnsafePointer(entry(place)) }
    @inline(__always) nonmutating unsafeMutableAddress { entry(place) }
  }

  @inline(__always)
  private func entry(_ place: Place) -> UnsafeMutablePointer<Entry> {
    entries.base.assumingMemoryBound(to: Entry.self) + place
  }

  private mutating func add(_ entry: Entry) {
    entries.append(entry)
    count += 1
  }

  @inline(__always)
  func mark(_ place: Place) -> UInt32 { self[place].mark }

  /// Begins an object under a key.
  @inline(__always)
  mutating func object(under place: Place) -> Cursor {
    if place == Self.nowhere { return .lost }
    turns &+= 1
    let inner = Place(self[place].inner)
    if inner > 0 { return Cursor(object: inner, turn: turns) }
    return makeObject(under: place)
  }

  @inline(never)
  private mutating func makeObject(under place: Place) -> Cursor {
    if isFull { return .lost }
    let made = count
    self[place].inner = Int32(made)
    add(Entry())
    return Cursor(object: made, turn: turns)
  }

  /// Goes on to the next key where it is one of those that came next before, and copies it.
  ///
  /// - Parameters:
  ///   - at: in the text, on the key's opening quote.
  ///   - out: room for the key in its quotes, and 32 bytes.
  /// - Returns: the key's bytes; nil where another key stands there, one that the object has, or none, or where its
  ///   colon stands apart.
  @inline(__always)
  func follow(
    _ cursor: inout Cursor, _ text: Span<UInt8>, at: Int, end: Int, copyTo out: UnsafeMutableRawPointer
  ) -> Int? {
    let last = entry(cursor.place)
    return match(Place(last.pointee.next), &cursor, text, at, end, out)
      ?? match(Place(last.pointee.second), &cursor, text, at, end, out)
  }

  @inline(__always)
  private func match(
    _ next: Place, _ cursor: inout Cursor, _ text: Span<UInt8>, _ at: Int, _ end: Int, _ out: UnsafeMutableRawPointer
  ) -> Int? {
    if next == 0 { return nil }
    let entry = entry(next)
    let count = Int(entry.pointee.count)
    let quoted = count &+ 3
    if at &+ quoted >= end || entry.pointee.turn == cursor.turn { return nil }
    precondition(at &+ quoted &+ 32 <= text.count)
    let isThere = text.bytes.withUnsafeBytes {
      text_copy_equal(out, $0.baseAddress.unsafelyUnwrapped + at, texts.base + Int(entry.pointee.text), quoted)
    }
    guard isThere else { return nil }
    entry.pointee.turn = cursor.turn
    cursor.place = next
    return count
  }

  /// Goes on to a key that was not expected.
  ///
  /// - Parameter key: written without escapes.
  /// - Returns: false where the object has the key already, or is one to leave alone.
  mutating func learn(
    _ key: UnsafeRawBufferPointer, _ cursor: inout Cursor, mark: (UnsafeRawBufferPointer) -> UInt32
  ) -> Bool {
    guard let place = find(key, in: cursor.object) ?? add(key, to: cursor.object, mark) else { return false }
    if self[place].turn == cursor.turn { return false }
    self[place].turn = cursor.turn
    let last = cursor.place
    if self[last].next != place {
      self[last].second = self[last].next
      self[last].next = Int32(place)
    }
    cursor.place = place
    return true
  }

  private func find(_ key: UnsafeRawBufferPointer, in object: Place) -> Place? {
    var place = Place(self[object].other)
    while place != 0 {
      let entry = self[place]
      if entry.count == key.count,
        UnsafeRawBufferPointer(start: texts.base + Int(entry.text) + 1, count: key.count).elementsEqual(key)
      {
        return place
      }
      place = Place(entry.other)
    }
    return nil
  }

  private mutating func add(
    _ key: UnsafeRawBufferPointer, to object: Place, _ mark: (UnsafeRawBufferPointer) -> UInt32
  ) -> Place? {
    guard self[object].turn < Self.mostKeys, key.count <= Self.longestKey, !isFull else { return nil }
    let made = count
    var entry = Entry(text: Int32(texts.count), count: Int32(key.count), mark: mark(key))
    entry.other = self[object].other
    texts.append(UInt8(ascii: "\""))
    texts.append(key)
    texts.append(UInt8(ascii: "\""))
    texts.append(UInt8(ascii: ":"))
    // It is compared in blocks.
    texts.reserve(32)
    add(entry)
    self[object].other = Int32(made)
    self[object].turn += 1
    return made
  }
}
