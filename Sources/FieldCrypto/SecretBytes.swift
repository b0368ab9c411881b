import CSodium

enum Sodium {
  /// Ensures that libsodium is initialized: its random source is seeded and its fastest implementations are selected.
  ///
  /// Any thread may call this at any time, because a static property is initialized once, by one thread.
  static func start() { precondition(started, "libsodium did not start") }

  private static let started = sodium_init() >= 0
}

/// Key material in memory allocated by libsodium. The memory is locked out of swap and core dumps if the system allows
/// it, lies between guard pages, is read-only after initialization, and is zeroed when it is freed.
///
/// Key bytes are in no other memory, with two unavoidable exceptions: registers and stack slots that libsodium and the
/// compiler use, and the kernel's own copy of a file that is read or written.
///
/// @unchecked Sendable: the bytes are written only inside `init`, before another thread can access them.
final class SecretBytes: @unchecked Sendable {
  private let bytes: UnsafeMutableRawBufferPointer

  /// Calls `fill` with `count` bytes to initialize. Their end is at the end of a page, so the address of the first byte
  /// has the alignment of `count`.
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
    // The pointer alone does not keep the object alive, so the memory could be freed while the closure runs.
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(bytes))
  }
}
