import BSON

extension JSONTranscoder {
  /// How far a scan has come: in the text, and in what is made of it.
  ///
  /// Handed on by `inout` to what is inlined, and by copies to what is not, so that it stays in registers.
  struct Scan: BitwiseCopyable {
    /// Offset in the text.
    var p: Int
    /// Where the next byte goes.
    var o: UnsafeMutableRawPointer

    /// There is room: see `makeRoom`.
    @inline(__always)
    mutating func put<T: BitwiseCopyable>(_ value: T) {
      o.storeBytes(of: value, as: T.self)
      o += MemoryLayout<T>.size
    }
  }

  /// An object or array whose elements are being read.
  struct Container: BitwiseCopyable {
    /// Where it begins in the output.
    let start: Int
    let closer: UInt8
    /// How many elements it has so far, if an array.
    var count = 0
    /// On an object's last key, or on the key whose value is the array.
    var cursor: KnownKeys.Cursor
    /// Marks of the keys so far, those inside the elements too.
    var marks: UInt32
    let scope: KeyStack.Scope

    @inline(__always) var isArray: Bool { closer == UInt8(ascii: "]") }
  }
}

extension ByteBuffer {
  /// Takes back the container that was put here last.
  @inline(__always)
  mutating func popContainer() -> JSONTranscoder.Container {
    count &-= MemoryLayout<JSONTranscoder.Container>.stride
    return (base + count).load(as: JSONTranscoder.Container.self)
  }
}
