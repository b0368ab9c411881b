import FieldCrypto
import Mongo

/// The environment failed in a way that ends the command (exit 2). The message is for the user and holds no secret.
public struct StoreFailure: Error, CustomStringConvertible {
  public let message: String
  /// True where the user called it off, at a question for the passphrase.
  public private(set) var isInterruption = false

  public init(_ message: String) { self.message = message }

  public var exitCode: Int32 { Interruption.exitCode(ending.stopped, failed: true, leaves: false) }

  /// How a job has ended that could not begin for it.
  var ending: (stopped: Interruption.Reason?, failure: String?) {
    isInterruption ? (.interrupt, nil) : (nil, message)
  }

  /// What any error of the rooms below says to the user.
  init(_ error: any Error) {
    message =
      switch error {
      case let error as StoreFailure: error.message
      case let error as MongoError: error.description
      case let error as KeyFileError: error.message
      case let error as EnvelopeError: error.message
      case let error as PassphraseError: error.description
      default: String(describing: error)
      }
    isInterruption =
      switch error {
      case let error as StoreFailure: error.isInterruption
      case let error as KeyFileError: error.code == .interrupted
      case let error as PassphraseError: error.code == .interrupted
      default: false
      }
  }

  public var description: String { message }
}
