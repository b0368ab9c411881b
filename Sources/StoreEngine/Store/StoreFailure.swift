import FieldCrypto
import Mongo

/// The environment failed in a way that ends the command (exit 2). The message is for the user and holds no secret.
public struct StoreFailure: Error, CustomStringConvertible {
  public let message: String

  public init(_ message: String) { self.message = message }

  /// What any error of the rooms below says to the user.
  init(_ error: any Error) {
    message =
      switch error {
      case let error as StoreFailure: error.message
      case let error as MongoError: error.description
      case let error as KeyFileError: error.message
      case let error as EnvelopeError: error.message
      default: String(describing: error)
      }
  }

  public var description: String { message }
}
