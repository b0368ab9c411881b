import BSON
import FieldCrypto
import StoreAccess

/// A document of `data_keys`: one athlete's key of one version, wrapped by a master key.
package struct DataKeyDocument {
  package let id: KeyID
  package let stravaID: Int64
  package let version: Int32
  let wrapped: [UInt8]
  package let master: KeyID
  package let createdAt: BSONDate
  package let retiredAt: BSONDate?

  /// - Throws: `StoreFailure` if a field is missing or has another type.
  package init(_ view: BSONView) throws {
    guard let id = view["_id"]?.keyID, let stravaID = view["strava_id"]?.wholeNumber,
      let version = view["version"]?.wholeNumber.flatMap(Int32.init(exactly:)),
      let wrapped = view["wrapped_key"].map(BSONValue.init)?.binary, let master = view["master_key_id"]?.keyID,
      let createdAt = view["created_at"]?.date
    else { throw StoreFailure("cannot read a document in data_keys: its form is unknown") }
    self.id = id
    self.stravaID = stravaID
    self.version = version
    self.wrapped = wrapped
    self.master = master
    self.createdAt = createdAt
    retiredAt = view["retired_at"]?.date
  }

  /// The master key that the envelope names. It should be the same as `master`.
  package var wrappedUnder: KeyID? { wrapped.withUnsafeBytes { try? SealedValue.keyID(of: $0) } }

  /// Wraps a new key.
  package init(_ key: DataKey, _ master: KeyID, _ keys: KeyRing, at now: BSONDate = Clock.now) throws {
    id = key.id
    stravaID = key.stravaID
    version = key.version
    wrapped = try keys.file(holding: master).wrap(key, under: master)
    self.master = master
    createdAt = now
    retiredAt = nil
  }

  /// - Throws: `StoreFailure` if the key file lacks the master key, or if the key cannot be decrypted with it.
  package func decrypt(_ keys: KeyRing) throws -> DataKey {
    do {
      return try wrapped.withUnsafeBytes {
        let master = try SealedValue.keyID(of: $0)
        let key = try keys.file(holding: master).unwrap($0, id: id, stravaID: stravaID, version: version)
        keys.use.noteOpened(id, with: master)
        return key
      }
    } catch {
      throw StoreFailure("cannot decrypt data key \(id) of athlete \(stravaID): \(StoreFailure(error).message)")
    }
  }

  package var document: BSONDocument {
    BSONDocument { fields in
      id.withUnsafeBytes { fields.append("_id", subtype: BinarySubtype.uuid, binary: $0) }
      fields.append("strava_id", stravaID)
      fields.append("version", version)
      wrapped.withUnsafeBytes { fields.append("wrapped_key", subtype: BinarySubtype.sealed, binary: $0) }
      master.withUnsafeBytes { fields.append("master_key_id", subtype: BinarySubtype.uuid, binary: $0) }
      fields.append("created_at", createdAt)
      fields.append("retired_at", retiredAt)
    }
  }
}

extension BSONField {
  /// Returns the UUID in a binary of 16 bytes.
  var keyID: KeyID? { binary.flatMap { KeyID(bytes: $0.bytes) } }
}
