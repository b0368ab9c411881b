import CSodium
import Synchronization

/// The memory that holds data keys. It is allocated by libsodium (see `SecretBytes`), with many keys between two guard
/// pages, because an import may cache hundreds of thousands of keys. The bytes of a key are zeroed when the key is
/// released, and its slot is reused.
///
/// The process has one instance. Its memory never shrinks: it is as large as the largest number of keys that existed at
/// the same time.
final class DataKeyMemory: Sendable {
  static let shared = DataKeyMemory()

  private let free = Mutex<[Slot]>([])

  /// With the 16 bytes that libsodium adds, a block fills four pages.
  private static let keysPerBlock = (16384 - 16) / Envelope.keyCount

  /// The memory of one key. Only the code that took the slot writes to it.
  ///
  /// @unchecked Sendable: the slot is written only before another thread can access it, and after the last access.
  struct Slot: @unchecked Sendable {
    fileprivate let start: UnsafeMutableRawPointer

    var bytes: UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(start: start, count: Envelope.keyCount)
    }
  }

  private init() { Sodium.start() }

  func take() -> Slot {
    free.withLock { free in
      if let slot = free.popLast() { return slot }
      guard let block = sodium_allocarray(Self.keysPerBlock, Envelope.keyCount) else {
        fatalError("no memory for \(Self.keysPerBlock) data keys")
      }
      for index in 1..<Self.keysPerBlock { free.append(Slot(start: block + index * Envelope.keyCount)) }
      return Slot(start: block)
    }
  }

  func release(_ slot: Slot) {
    sodium_memzero(slot.start, Envelope.keyCount)
    free.withLock { $0.append(slot) }
  }
}
