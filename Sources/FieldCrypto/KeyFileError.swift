/// The reason why a key file cannot be used or created. It contains nothing of the file's text except ids of keys.
public struct KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The path does not exist.
    case missing
    /// The path already exists, possibly as a dangling symbolic link.
    case exists
    /// The system failed to read, write or sync the file.
    case system
    /// The path is a directory, a device or a pipe.
    case notRegular = "not-regular"
    /// Users other than the owner have access.
    case mode
    /// Other users can replace files in a directory on the path.
    case directoryMode = "directory-mode"
    /// The file, or a directory or link on its path, belongs to another user.
    case owner
    /// The path contains a link of `/proc`.
    case processLink = "process-link"
    case tooManyLinks = "too-many-links"
    /// The file can be read, but not changed by this program.
    case notChangeable = "not-changeable"
    /// The open file is neither a pipe nor an unlinked file.
    case badDescriptor = "bad-descriptor"
    /// The file is larger than any key file.
    case tooLarge = "too-large"
    /// The file is neither JSON nor an envelope with a passphrase.
    case notJSON = "not-json"
    /// The file ends in the middle of its JSON or its envelope.
    case truncated
    /// The file begins like a key file, but the rest is invalid.
    case malformed
    /// The file has a version other than 1, or an algorithm that version 1 does not have.
    case unknownVersion = "unknown-version"
    case unknownField = "unknown-field"
    case missingField = "missing-field"
    case duplicateField = "duplicate-field"
    /// The id of a key is not a UUID.
    case badID = "bad-id"
    /// A key is not the base64 of 32 bytes.
    case badKey = "bad-key"
    /// `active` is not the id of a master key in the file.
    case unknownActive = "unknown-active"
    /// The file is encrypted with a passphrase, and the passphrase could not be read.
    case noPassphrase = "no-passphrase"
    /// The user pressed Ctrl-C instead of entering the passphrase.
    case interrupted
    /// The passphrase does not decrypt the file, or the file was altered.
    case wrongPassphrase = "wrong-passphrase"
    /// The memory or time that the passphrase derivation needs exceeds the limits.
    case badCost = "bad-cost"
    /// Another command is changing the file.
    case busy
    /// The file has no master key with that id.
    case unknownMaster = "unknown-master"
    /// The active master key cannot be removed.
    case activeMaster = "active-master"
    /// The master key was rotated too recently to be removed.
    case tooSoon = "too-soon"
  }

  public let code: Code
  public let path: String
  /// A message with the action that failed, the file, the reason, and the next step if there is one.
  public let message: String

  /// The action that failed.
  enum Task: String { case read, create, change }

  /// - Parameter problem: a clause about the file, in which "it" refers to the file.
  init(_ code: Code, _ path: String, _ problem: String, in task: Task = .read) {
    self.code = code
    self.path = path
    message = "cannot \(task.rawValue) the key file \(path): \(problem)"
  }

  public var description: String { message }
}
