import CSodium
import Synchronization

/// Where data keys lie: memory of libsodium (see `SecretBytes`), many keys between two guard pages, since an import
/// may cache hundreds of thousands. A key's bytes are zeroed when it goes, and its place is used again.
///
/// There is one for the process. It keeps the memory of the most keys that there ever were at one time.
final class DataKeyMemory: Sendable {
  static let shared = DataKeyMemory()

  private let free = Mutex<[Slot]>([])

  /// With libsodium's 16 bytes of its own, four pages.
  private static let keysPerBlock = (16384 - 16) / Envelope.keyCount

  /// The place of one key; whoever took it alone writes there.
  ///
  /// @unchecked Sendable: written only before another thread can see it, and when no other can any more.
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

  func giveBack(_ slot: Slot) {
    sodium_memzero(slot.start, Envelope.keyCount)
    free.withLock { $0.append(slot) }
  }
}
