import FieldCrypto
import Synchronization

/// Where a passphrase comes from. Never the command line or the environment, which others can read.
package enum PassphraseSource: Sendable {
  /// The terminal, without echo.
  case terminal
  /// The first line of an open file.
  case descriptor(Int32)
}

/// Which key file, as the user named it.
package struct KeyFileChoice: Sendable {
  package var path: String?
  package var passphrase: PassphraseSource
  /// How the user can name one, for the message where none is named.
  private let advice: String

  package init(path: String?, passphrase: PassphraseSource = .terminal, advice: String = "") {
    self.path = path
    self.passphrase = passphrase
    self.advice = advice
  }

  /// - Parameters:
  ///   - purpose: what the keys are for, as in "import needs a key file (for the records' digests)".
  ///   - cancellation: calls off a question for the passphrase.
  package func load(for purpose: String, _ cancellation: Cancellation) throws -> KeyRing {
    guard let path else { throw StoreFailure("\(purpose): \(advice)") }
    return try KeyRing(path: path, PassphraseOnce(passphrase, for: path, cancellation))
  }

  /// Makes the key file (mode 0600), where there is none.
  ///
  /// - Parameters:
  ///   - isLocked: puts it under a passphrase, which is asked for twice on a terminal.
  ///   - cancellation: calls off these questions.
  /// - Returns: the id of its master key.
  /// - Throws: `StoreFailure`, also where a file is there already.
  package func generate(isLocked: Bool, _ cancellation: Cancellation) throws -> String {
    do {
      guard let path else { throw StoreFailure(advice) }
      let passphrase = isLocked ? try chosenPassphrase(cancellation) : nil
      return try KeyFile.generate(at: path, passphrase: passphrase).active.description
    } catch {
      throw StoreFailure(error)
    }
  }

  private func chosenPassphrase(_ cancellation: Cancellation) throws -> Passphrase {
    do {
      switch passphrase {
      case .descriptor(let number): return try Passphrase(readingLineFrom: number)
      case .terminal:
        let chosen = try Passphrase.ask("Passphrase for the new key file: ") { cancellation.isRequested }
        let again = try Passphrase.ask("Repeat the passphrase: ") { cancellation.isRequested }
        guard again.isSame(as: chosen) else { throw PassphraseError(.differs) }
        return chosen
      }
    } catch let error as PassphraseError {
      throw StoreFailure(error)
    }
  }
}

/// A passphrase that is asked for once, when it is needed.
final class PassphraseOnce: Sendable {
  private let source: PassphraseSource
  private let path: String
  private let cancellation: Cancellation
  private let answer = Mutex<Passphrase?>(nil)

  init(_ source: PassphraseSource, for path: String, _ cancellation: Cancellation) {
    self.cancellation = cancellation
    self.source = source
    self.path = path
  }

  func get() throws(PassphraseError) -> Passphrase {
    try answer.withLock { (answer) throws(PassphraseError) in
      if let answer { return answer }
      let given =
        switch source {
        case .terminal: try Passphrase.ask("Passphrase for \(path): ") { cancellation.isRequested }
        case .descriptor(let number): try Passphrase(readingLineFrom: number)
        }
      answer = given
      return given
    }
  }
}
