import Glibc

extension Passphrase {
  /// Asks on the controlling terminal of the process, even if standard input and output are redirected. The input is
  /// not shown.
  ///
  /// - Parameter isCancelled: called ten times a second while there is no answer; if it returns true, the wait ends.
  /// - Throws: `noTerminal`, `interrupted` after Ctrl-C or if `isCancelled` returned true, and the errors of reading a
  ///   line. The settings of the terminal are restored first.
  public static func ask(
    _ question: String, isCancelled: () -> Bool = { false }
  ) throws(PassphraseError) -> Passphrase {
    let terminal = Descriptor(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC))
    var before = termios()
    guard terminal.isOpen, tcgetattr(terminal.number, &before) == 0 else { throw PassphraseError(.noTerminal) }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
    silent.c_lflag |= tcflag_t(ECHONL)
    // Ctrl-C ends the line instead of the process, because a killed process would leave the terminal without echo.
    withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VEOL)] = interrupt }
    guard tcsetattr(terminal.number, TCSAFLUSH, &silent) == 0 else { throw PassphraseError(.noTerminal) }
    defer { tcsetattr(terminal.number, TCSAFLUSH, &before) }
    print(question, on: terminal)
    do throws(PassphraseError) {
      var waited = pollfd(fd: terminal.number, events: Int16(POLLIN), revents: 0)
      while poll(&waited, 1, 100) <= 0 {
        if isCancelled() { throw PassphraseError(.interrupted) }
      }
      return try Passphrase(readingLineFrom: terminal.number, interruptedBy: interrupt)
    } catch {
      if error.code == .interrupted { print("\n", on: terminal) }
      throw error
    }
  }

  /// The character that Ctrl-C sends.
  private static let interrupt: UInt8 = 3

  private static func print(_ text: String, on terminal: borrowing Descriptor) {
    let bytes = Array(text.utf8)
    _ = write(terminal.number, bytes, bytes.count)
  }
}
