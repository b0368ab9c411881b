import Glibc

extension Passphrase {
  /// Asks on the terminal that the process belongs to, whatever its standard input and output are; what is typed is not
  /// shown.
  ///
  /// - Parameter isCalledOff: asked ten times a second while there is no answer; once true, no answer is waited for.
  /// - Throws: `noTerminal`, `interrupted` after Ctrl-C or where it is called off, and what reading a line throws. The
  ///   terminal is as it was then.
  public static func ask(
    _ question: String, isCalledOff: () -> Bool = { false }
  ) throws(PassphraseError) -> Passphrase {
    let terminal = Descriptor(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC))
    var before = termios()
    guard terminal.isOpen, tcgetattr(terminal.number, &before) == 0 else { throw PassphraseError(.noTerminal) }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
    silent.c_lflag |= tcflag_t(ECHONL)
    // Ctrl-C ends the line instead of the process, which would leave the terminal silent.
    withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VEOL)] = interrupt }
    guard tcsetattr(terminal.number, TCSAFLUSH, &silent) == 0 else { throw PassphraseError(.noTerminal) }
    defer { tcsetattr(terminal.number, TCSAFLUSH, &before) }
    say(question, on: terminal)
    do throws(PassphraseError) {
      var waited = pollfd(fd: terminal.number, events: Int16(POLLIN), revents: 0)
      while poll(&waited, 1, 100) <= 0 {
        if isCalledOff() { throw PassphraseError(.interrupted) }
      }
      return try Passphrase(readingLineFrom: terminal.number, interruptedBy: interrupt)
    } catch {
      if error.code == .interrupted { say("\n", on: terminal) }
      throw error
    }
  }

  /// Ctrl-C.
  private static let interrupt: UInt8 = 3

  private static func say(_ text: String, on terminal: borrowing Descriptor) {
    let bytes = Array(text.utf8)
    _ = write(terminal.number, bytes, bytes.count)
  }
}
