import FieldCrypto
import Mongo

/// A failure of the environment that ends the command (exit code 2). The message is for the user and contains no
/// secret.
package struct StoreFailure: Error, CustomStringConvertible {
  package let message: String
  /// True if the user interrupted a question for the passphrase.
  package private(set) var isCancellation = false

  package init(_ message: String) { self.message = message }

  /// Returns the message for the user about any error of the lower modules.
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
