import Glibc

/// What a crash of the program leaves behind: nothing but its exit status.
enum Crash {
  /// Turns core dumps and the crash reporter of Swift's runtime off. Both would write memory of the process, which may
  /// contain keys and decrypted values: the one to a file, the other to standard error, beside the registers.
  static func keepMemoryPrivate() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    // The runtime has installed its handlers by now, if SWIFT_BACKTRACE asks for them.
    for number in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { signal(number, SIG_DFL) }
  }
}
