import FieldCrypto
import StoreAccess

/// What `keys` is asked to do with the keys of a database.
package enum KeysTask: Sendable, Equatable {
  /// Says how things are.
  case status
  /// Opens everything that is sealed.
  case verify
  /// Creates a new master key, and encrypts the data keys again with it.
  case rotateMaster
  /// Takes a master key out of the key file.
  case dropMaster(String)
  /// Creates new data keys, and seals the values again with them.
  case rotateData(Athletes)
  /// Deletes data keys that were retired a day ago and that nothing needs any more.
  case purge
  /// Deletes the data keys of an athlete.
  case destroy(Int64)

  package enum Athletes: Sendable, Equatable {
    case all
    /// By Strava's id.
    case one(Int64)
  }

  package var name: String {
    switch self {
    case .status: "status"
    case .verify: "verify"
    case .rotateMaster: "rotate-master"
    case .dropMaster: "drop-master"
    case .rotateData: "rotate-data"
    case .purge: "purge"
    case .destroy: "destroy"
    }
  }

  var role: AccessRole {
    switch self {
    case .status, .verify, .dropMaster: .keysStatus
    case .rotateMaster: .keysRotateMaster
    case .rotateData: .keysRotateData
    case .purge: .keysPurge
    case .destroy: .keysDestroy
    }
  }

  /// True for the text of a key's id.
  package static func isKeyID(_ text: String) -> Bool { KeyID(text) != nil }
}
