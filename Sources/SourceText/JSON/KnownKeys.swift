import BSON

/// The keys that objects have had so far, and which of them came after which.
///
/// Records of one kind have the same keys in nearly the same order. So a key mostly is one that came there before: it is
/// compared with the text as it stands, and whether its object has it already is one bit.
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
    fileprivate var seen: UInt128 = 0

    static let lost = Cursor(object: nowhere, place: nowhere)

    var isLost: Bool {
      @inline(__always) get { place == nowhere }
    }
  }

  /// Places at most; then all is learned anew.
  private static let most = 1 << 14
  /// As many as `seen` has bits.
  private static let mostKeys = 128
  private static let longestKey = 128

  /// A key of an object, or an object. Eight words of four bytes; 0 is no place.
  private struct Entry: BitwiseCopyable {
    /// The key and a quote, in `texts`.
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
    /// The key's number in its object; how many keys an object has.
    var number: Int32 = 0
    var mark: UInt32 = 0
  }

  private var entries = ByteBuffer(capacity: 256 * MemoryLayout<Entry>.stride)
  private var texts = ByteBuffer()
  private var count = 0

  init() { add(Entry()) }

  var isFull: Bool { count >= Self.most }

  mutating func removeAll() {
    entries.count = 0
    texts.count = 0
    count = 0
    add(Entry())
  }

  private subscript(_ place: Place) -> Entry {
    @inline(__always) get { entries.base.load(fromByteOffset: place &* MemoryLayout<Entry>.stride, as: Entry.self) }
    @inline(__always) nonmutating set {
      entries.base.storeBytes(of: newValue, toByteOffset: place &* MemoryLayout<Entry>.stride, as: Entry.self)
    }
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
    let inner = Place(self[place].inner)
    if inner > 0 { return Cursor(object: inner, place: inner) }
    return makeObject(under: place)
  }

  @inline(never)
  private mutating func makeObject(under place: Place) -> Cursor {
    if isFull { return .lost }
    let made = count
    self[place].inner = Int32(made)
    add(Entry())
    return Cursor(object: made, place: made)
  }

  /// Goes on to the next key where it is one of those that came next before, and copies it.
  ///
  /// - Parameters:
  ///   - at: in the text, behind the key's opening quote.
  ///   - out: room for the key and seven bytes.
  /// - Returns: the key's bytes; nil where another key stands there, one that the object has, or none.
  @inline(__always)
  func follow(
    _ cursor: inout Cursor, _ text: Span<UInt8>, at: Int, end: Int, copyTo out: UnsafeMutableRawPointer
  ) -> Int? {
    let last = self[cursor.place]
    return match(Place(last.next), &cursor, text, at, end, out)
      ?? match(Place(last.second), &cursor, text, at, end, out)
  }

  @inline(__always)
  private func match(
    _ next: Place, _ cursor: inout Cursor, _ text: Span<UInt8>, _ at: Int, _ end: Int, _ out: UnsafeMutableRawPointer
  ) -> Int? {
    if next == 0 { return nil }
    let entry = self[next]
    let count = Int(entry.count)
    if at &+ count >= end { return nil }
    let key = texts.base + Int(entry.text)
    var i = 0
    while true {
      let word = key.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      let different = word ^ text.bytes.unsafeLoadUnaligned(fromByteOffset: at &+ i, as: UInt64.self)
      out.storeBytes(of: word, toByteOffset: i, as: UInt64.self)
      // The quote counts too.
      let rest = count &+ 1 &- i
      if rest <= 8 {
        if different &<< UInt64(truncatingIfNeeded: 64 &- 8 &* rest) != 0 { return nil }
        break
      }
      if different != 0 { return nil }
      i &+= 8
    }
    let bit = UInt128(1) &<< UInt128(truncatingIfNeeded: entry.number)
    if cursor.seen & bit != 0 { return nil }
    cursor.seen |= bit
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
    let bit = UInt128(1) &<< UInt128(truncatingIfNeeded: self[place].number)
    if cursor.seen & bit != 0 { return false }
    cursor.seen |= bit
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
        UnsafeRawBufferPointer(start: texts.base + Int(entry.text), count: key.count).elementsEqual(key)
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
    let number = self[object].number
    guard number < Self.mostKeys, key.count <= Self.longestKey, !isFull else { return nil }
    let made = count
    var entry = Entry(text: Int32(texts.count), count: Int32(key.count), number: number, mark: mark(key))
    entry.other = self[object].other
    texts.append(key)
    texts.append(UInt8(ascii: "\""))
    add(entry)
    self[object].other = Int32(made)
    self[object].number = number + 1
    return made
  }
}
