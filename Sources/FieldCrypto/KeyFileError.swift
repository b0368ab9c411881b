/// Why a key file cannot be used or made. Holds nothing of the file's text but ids of keys.
public struct KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// There is no file at the path.
    case missing
    /// Something is at the path already, perhaps a dangling symbolic link.
    case exists
    /// The system refused to read, write or sync.
    case system
    /// A symbolic link, a directory, a device or a pipe.
    case notRegular = "not-regular"
    /// Other users than the owner have access.
    case mode
    /// The file belongs to another user.
    case owner
    /// Larger than any key file.
    case tooLarge = "too-large"
    /// Neither JSON nor an envelope under a passphrase.
    case notJSON = "not-json"
    /// Ends in the middle of its JSON or its envelope.
    case truncated
    /// Begins as a key file does, but goes on as no key file would.
    case malformed
    /// A version other than 1, or an algorithm that version 1 does not have.
    case unknownVersion = "unknown-version"
    case unknownField = "unknown-field"
    case missingField = "missing-field"
    case duplicateField = "duplicate-field"
    /// The id of a key is not a UUID.
    case badID = "bad-id"
    /// A key is not the base64 of 32 bytes.
    case badKey = "bad-key"
    /// `active` names none of the masters.
    case unknownActive = "unknown-active"
    /// It is encrypted with a passphrase, and the passphrase could not be read.
    case noPassphrase = "no-passphrase"
    /// Ctrl-C came instead of its passphrase.
    case interrupted
    /// The passphrase does not open it, or the file was altered.
    case wrongPassphrase = "wrong-passphrase"
    /// What its passphrase would cost in memory or time is beyond the limits.
    case badCost = "bad-cost"
    /// Another command is changing it.
    case busy
    /// It has no master key of that id.
    case unknownMaster = "unknown-master"
    /// The active master key cannot be dropped.
    case activeMaster = "active-master"
    /// A master key cannot be dropped so soon after its rotation.
    case tooSoon = "too-soon"
  }

  public let code: Code
  public let path: String
  /// Says what could not be done with which file, why, and where possible what to do next.
  public let message: String

  /// What could not be done with the file.
  enum Task: String { case read, create, change }

  /// - Parameter problem: a clause about the file, which is "it".
  init(_ code: Code, _ path: String, _ problem: String, in task: Task = .read) {
    self.code = code
    self.path = path
    message = "cannot \(task.rawValue) the key file \(path): \(problem)"
  }

  public var description: String { message }
}
