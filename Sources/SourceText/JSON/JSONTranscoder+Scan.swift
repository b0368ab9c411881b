import BSON

extension JSONTranscoder {
  /// The position of a scan, in the text and in its output.
  ///
  /// It is passed to inlined functions as `inout`, and to others as a copy, so that it stays in registers.
  struct Scan: BitwiseCopyable {
    /// The offset in the text.
    var p: Int
    /// The address of the next byte of output.
    var o: UnsafeMutableRawPointer

    /// Stores a value. `ensureCapacity` has reserved the memory for it.
    @inline(__always)
    mutating func put<T: BitwiseCopyable>(_ value: T) {
      o.storeBytes(of: value, as: T.self)
      o += MemoryLayout<T>.size
    }
  }

  /// An object or array whose contents are being read.
  struct Container: BitwiseCopyable {
    /// The offset of the container in the output.
    let start: Int
    /// The closing bracket.
    let closer: UInt8
    /// The number of elements so far, if it is an array.
    var count = 0
    /// The cursor at an object's last key, or at the key whose value is the array.
    var cursor: KnownKeys.Cursor
    /// The marks of the keys so far, including those inside the elements.
    var marks: UInt32
    let scope: KeyStack.Scope

    @inline(__always) var isArray: Bool { closer == UInt8(ascii: "]") }
  }
}

extension ByteBuffer {
  /// Removes and returns the container that was appended last.
  @inline(__always)
  mutating func popContainer() -> JSONTranscoder.Container {
    count &-= MemoryLayout<JSONTranscoder.Container>.stride
    return (base + count).load(as: JSONTranscoder.Container.self)
  }
}
