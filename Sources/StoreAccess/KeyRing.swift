import BSON
import FieldCrypto
import Synchronization

/// The key file of one command, shared by its threads. It is read again when the database names a master key that is
/// not in memory, because a rotation may have added that key since.
package final class KeyRing: Sendable {
  package let indexKey: IndexKey
  private let place: KeyFilePlace
  private let passphrase: PassphraseOnce
  /// The record of what is done with the keys.
  package let use: KeyUse
  private let state: Mutex<State>

  private struct State {
    var file: KeyFile
    /// The master keys that are still missing after the file was read again.
    var unknown: Set<KeyID> = []
  }

  /// - Parameter cancellation: The cancellation that ends the wait for keys from a descriptor.
  init(_ place: KeyFilePlace, _ passphrase: PassphraseOnce, _ use: KeyUse, _ cancellation: Cancellation) throws {
    let file = try place.load(
      isCancelled: { cancellation.isRequested },
      passphrase: { () throws(PassphraseError) in try passphrase.get() })
    self.place = place
    self.passphrase = passphrase
    indexKey = file.indexKey
    self.use = use
    use.begin(file)
    state = Mutex(State(file: file))
  }

  /// The keys as they were last read.
  package var file: KeyFile { state.withLock { $0.file } }

  /// True if changed keys are written to a new file, so that the key file itself stays as it is.
  package var writesNewFile: Bool { place.output != nil }

  /// Returns the keys, including this master key if the file contains it by now.
  package func file(holding master: KeyID) throws -> KeyFile {
    try state.withLock { state in
      guard place.isRereadable, !state.file.contains(master), !state.unknown.contains(master) else { return state.file }
      state.file = try same(place.load(passphrase: { () throws(PassphraseError) in try passphrase.get() }))
      if !state.file.contains(master) { state.unknown.insert(master) }
      return state.file
    }
  }

  /// Adds a new master key to the file and makes it the active one. The change is durable when this returns.
  ///
  /// - Parameter now: The current time by the server's clock.
  package func rotate(at now: BSONDate) throws -> KeyFile {
    try state.withLock { state in
      state.file = try same(
        place.rotate(
          state.file, passphrase: { () throws(PassphraseError) in try passphrase.get() }, now: now.milliseconds))
      return state.file
    }
  }

  /// Removes a master key from the file permanently.
  ///
  /// - Parameter now: The current time by the server's clock.
  package func drop(_ master: KeyID, at now: BSONDate) throws -> KeyFile {
    try state.withLock { state in
      state.file = try same(
        place.drop(
          master, of: state.file, passphrase: { () throws(PassphraseError) in try passphrase.get() },
          now: now.milliseconds))
      return state.file
    }
  }

  private func same(_ file: KeyFile) throws -> KeyFile {
    guard file.indexKey.id == indexKey.id else {
      throw StoreFailure(
        "the key file \(place.name) was replaced during the run by one with another index key; restore the file, and run the command again"
      )
    }
    return file
  }
}
