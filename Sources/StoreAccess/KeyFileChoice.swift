import FieldCrypto
import Synchronization

/// The source of a passphrase. It is never the command line or the environment, which others can read.
package enum PassphraseSource: Sendable {
  /// The terminal, with echo turned off.
  case terminal
  /// The first line of an open file.
  case descriptor(Int32)
}

/// The key file, as the user named it.
package struct KeyFileChoice: Sendable {
  private let place: KeyFilePlace?
  package var passphrase: PassphraseSource
  /// The record of what is done with the keys.
  package var use = KeyUse()
  /// The ways in which the user can name a key file, for the message if none is named.
  private let advice: String

  /// - Parameters:
  ///   - path: The path of the key file.
  ///   - descriptor: An open file to read the keys from instead.
  ///   - output: The path of the new file that changed keys are written to; nil to change the key file itself.
  package init(
    path: String?, descriptor: Int32? = nil, output: String? = nil, passphrase: PassphraseSource = .terminal,
    advice: String = ""
  ) {
    let source = descriptor.map(KeyFilePlace.Source.descriptor) ?? path.map(KeyFilePlace.Source.path)
    place = source.map { KeyFilePlace($0, output: output) }
    self.passphrase = passphrase
    self.advice = advice
  }

  /// The choice of no key file, for tasks that need none.
  package static let none = KeyFileChoice(path: nil)

  package var isMade: Bool { place != nil }

  /// - Parameters:
  ///   - purpose: The purpose of the keys, as in "the check needs a key file".
  ///   - cancellation: The cancellation that ends a question for the passphrase.
  package func load(for purpose: String, _ cancellation: Cancellation) throws -> KeyRing {
    guard let place else { throw StoreFailure("\(purpose): \(advice)") }
    return try KeyRing(place, PassphraseOnce(passphrase, for: place.name, cancellation), use, cancellation)
  }

  /// Creates the key file with mode 0600 if it does not exist.
  ///
  /// - Parameters:
  ///   - isLocked: True to protect the file with a passphrase, which is asked for twice on a terminal.
  ///   - cancellation: The cancellation that ends these questions.
  /// - Returns: The id of the file's master key.
  /// - Throws: `StoreFailure`, also if the file already exists.
  package func generate(isLocked: Bool, _ cancellation: Cancellation) throws -> String {
    do {
      guard case .path(let path) = place?.source else { throw StoreFailure(advice) }
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

/// A passphrase that is asked for once, when it is first needed.
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
