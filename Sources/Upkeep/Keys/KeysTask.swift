import FieldCrypto
import StoreAccess

/// The task of `keys` for the keys of a database.
package enum KeysTask: Sendable, Equatable {
  /// Reports the state of the keys.
  case status
  /// Decrypts all envelopes.
  case verify
  /// Creates a new master key, and encrypts the data keys again with it.
  case rotateMaster
  /// Removes a master key from the key file.
  case dropMaster(String)
  /// Creates new data keys, and seals the values again with them.
  case rotateData(Athletes)
  /// Deletes data keys that were retired a day ago and that nothing needs anymore.
  case purge
  /// Deletes the data keys of an athlete.
  case destroy(Int64)

  package enum Athletes: Sendable, Equatable {
    case all
    /// The athlete's Strava id.
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

  /// Returns true for a text that has the form of a key's id.
  package static func isKeyID(_ text: String) -> Bool { KeyID(text) != nil }
}
