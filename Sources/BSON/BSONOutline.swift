/// A document with the offsets of its elements and a tag for each key, as its writer recorded them. A reader that uses
/// the outline neither measures keys nor looks them up.
///
/// Like a view, an outline does not own its bytes.
public struct BSONOutline: Sequence {
  public struct Entry: BitwiseCopyable {
    /// The offset of the element's type byte, from the document's first byte.
    public let start: UInt32
    /// The number of bytes in the key, without its NUL.
    public let keyCount: UInt32
    /// The tag that the writer gave the key.
    public let tag: UInt32

    @inlinable @inline(__always)
    public init(start: Int, keyCount: Int, tag: UInt32) {
      self.start = UInt32(truncatingIfNeeded: start)
      self.keyCount = UInt32(truncatingIfNeeded: keyCount)
      self.tag = tag
    }
  }

  public let document: BSONView
  public let entries: UnsafeBufferPointer<Entry>

  /// Creates the outline of a document.
  ///
  /// - Parameter entries: the bytes of the `Entry` values of all elements, in the order of the document.
  public init(_ document: BSONView, _ entries: UnsafeRawBufferPointer) {
    self.document = document
    self.entries = entries.bindMemory(to: Entry.self)
  }

  @inlinable @inline(__always)
  public func makeIterator() -> Iterator { Iterator(self) }

  public struct Iterator: IteratorProtocol {
    @usableFromInline let document: BSONView
    @usableFromInline var entries: UnsafeBufferPointer<Entry>.Iterator

    @inlinable @inline(__always)
    init(_ outline: BSONOutline) {
      document = outline.document
      entries = outline.entries.makeIterator()
    }

    @inlinable @inline(__always)
    public mutating func next() -> (element: BSONElement, tag: UInt32)? {
      guard let entry = entries.next() else { return nil }
      let start = document.base + Int(entry.start)
      let keyCount = Int(entry.keyCount)
      let value = BSONField(type: start.load(as: UInt8.self), base: start + 2 + keyCount)
      return (BSONElement(start: start, keyCount: keyCount, value: value), entry.tag)
    }
  }
}
