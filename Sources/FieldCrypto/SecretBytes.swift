import CSodium

enum Sodium {
  /// libsodium is ready: its random source is seeded and its fastest implementations are chosen.
  ///
  /// A static property is made once, by one thread, so any thread may call this at any time.
  static func start() { precondition(started, "libsodium did not start") }

  private static let started = sodium_init() >= 0
}

/// Key material in memory of libsodium: locked out of swap and core dumps where the system allows, between guard
/// pages, read-only once filled, and zeroed when freed.
///
/// Key bytes are in no other memory, with two exceptions that cannot be avoided: registers and stack slots that
/// libsodium and the compiler use, and the kernel's own copy of a file that is read or written.
///
/// @unchecked Sendable: the bytes are written only inside `init`, before another thread can see them.
final class SecretBytes: @unchecked Sendable {
  private let bytes: UnsafeMutableRawBufferPointer

  /// The closure gets `count` bytes to fill; their end is at a page's end, so the start has the alignment of `count`.
  init<Failure: Error>(
    count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    Sodium.start()
    guard let start = sodium_malloc(count) else { fatalError("no memory for a key of \(count) bytes") }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
    try fill(bytes)
    sodium_mprotect_readonly(start)
  }

  deinit { sodium_free(bytes.baseAddress) }

  static func random(count: Int) -> SecretBytes {
    SecretBytes(count: count) { random_fill($0.baseAddress, $0.count) }
  }

  var count: Int { bytes.count }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // The pointer alone would not keep the memory from being freed under the closure.
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(bytes))
  }
}
