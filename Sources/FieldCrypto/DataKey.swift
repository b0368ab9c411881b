import CSodium

/// One version of the key that seals the values of one athlete. Its bytes are zeroed when it is released.
///
/// Any number of threads may share a data key.
public final class DataKey: Sendable {
  public let id: KeyID
  /// The id of the athlete whose values the key seals.
  public let stravaID: Int64
  /// The version of the key, starting at 1. The highest version of an athlete's keys seals; all versions decrypt.
  public let version: Int32

  private let slot: DataKeyMemory.Slot

  private init<Failure: Error>(
    id: KeyID, stravaID: Int64, version: Int32,
    fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    self.id = id
    self.stravaID = stravaID
    self.version = version
    slot = DataKeyMemory.shared.take()
    // Every property is set before this call, so if it throws, `deinit` runs and returns the slot.
    try fill(slot.bytes)
  }

  deinit { DataKeyMemory.shared.release(slot) }

  /// Returns a new key whose id is a random UUID.
  public static func random(stravaID: Int64, version: Int32) -> DataKey {
    DataKey(id: .random(), stravaID: stravaID, version: version) { random_fill($0.baseAddress, $0.count) }
  }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(slot.bytes))
  }

  /// Returns the associated data of a wrapped key, which is the identity of its document.
  private static func context(_ id: KeyID, _ stravaID: Int64, _ version: Int32) -> String {
    "strava-store/1/data_keys/\(id)/\(stravaID)/\(version)"
  }

  func wrapped(under master: SecretBytes, id masterID: KeyID) -> [UInt8] {
    Self.context(id, stravaID, version).withContextBytes { context in
      withUnsafeBytes { key in
        master.withUnsafeBytes { Envelope.seal(key, under: $0, id: masterID, context: context) }
      }
    }
  }

  /// Decrypts an envelope directly into the memory for keys. The caller has checked the `keyID` of the envelope.
  static func unwrapped(
    _ wrapped: UnsafeRawBufferPointer, id: KeyID, stravaID: Int64, version: Int32, under master: SecretBytes
  ) throws(EnvelopeError) -> DataKey {
    guard wrapped.count == Envelope.headCount + Envelope.keyCount + Envelope.tagCount else {
      throw EnvelopeError(
        .notAuthentic, "the encrypted form of data key \(id) has \(wrapped.count) bytes: it was changed")
    }
    return try DataKey(id: id, stravaID: stravaID, version: version) { (key) throws(EnvelopeError) in
      try context(id, stravaID, version).withContextBytes { (context) throws(EnvelopeError) in
        try master.withUnsafeBytes { (master) throws(EnvelopeError) in
          try Envelope.decrypt(wrapped, into: key.baseAddress, under: master, context: context)
        }
      }
    }
  }
}

extension KeyFile {
  /// Returns the `wrapped_key` of a data key. It is bound to the key's id, athlete and version.
  ///
  /// - Throws: `unknownKey` if the file has no such master key.
  public func wrap(_ key: DataKey, under master: KeyID) throws(EnvelopeError) -> [UInt8] {
    key.wrapped(under: try secret(of: master), id: master)
  }

  /// Returns the data key of a `data_keys` document. The other fields of the document must have the values that the key
  /// was wrapped with.
  ///
  /// - Throws: `unknownKey` if the file lacks the master key that wrapped the data key. See `EnvelopeError` for the
  ///   other errors.
  public func unwrap(
    _ wrapped: UnsafeRawBufferPointer, id: KeyID, stravaID: Int64, version: Int32
  ) throws(EnvelopeError) -> DataKey {
    let master = try secret(of: try Envelope.keyID(of: wrapped))
    return try DataKey.unwrapped(wrapped, id: id, stravaID: stravaID, version: version, under: master)
  }

  private func secret(of master: KeyID) throws(EnvelopeError) -> SecretBytes {
    guard let secret = masters[master] else {
      throw EnvelopeError(.unknownKey, "the key file does not contain master key \(master)")
    }
    return secret
  }
}
