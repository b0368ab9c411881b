import FieldCrypto
import Mongo

/// The environment failed in a way that ends the command (exit 2). The message is for the user and holds no secret.
package struct StoreFailure: Error, CustomStringConvertible {
  package let message: String
  /// True where the user called it off, at a question for the passphrase.
  package private(set) var isCancellation = false

  package init(_ message: String) { self.message = message }

  /// What any error of the modules below says to the user.
  package init(_ error: any Error) {
    message =
      switch error {
      case let error as StoreFailure: error.message
      case let error as MongoError: error.description
      case let error as KeyFileError: error.message
      case let error as EnvelopeError: error.message
      case let error as PassphraseError: error.description
      default: String(describing: error)
      }
    isCancellation =
      switch error {
      case let error as StoreFailure: error.isCancellation
      case let error as KeyFileError: error.code == .interrupted
      case let error as PassphraseError: error.code == .interrupted
      default: false
      }
  }

  package var description: String { message }
}
