import CSodium

/// The key that seals the values of one athlete, in one of its versions. Its bytes are zeroed when it goes.
///
/// Any number of threads may share one.
public final class DataKey: Sendable {
  public let id: KeyID
  /// The athlete whose values it seals.
  public let stravaID: Int64
  /// From 1; the highest of an athlete's versions seals, all open.
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
    // Where this throws, every property is set, so that `deinit` gives the place back.
    try fill(slot.bytes)
  }

  deinit { DataKeyMemory.shared.giveBack(slot) }

  /// A new key, with a random UUID for its id.
  public static func random(stravaID: Int64, version: Int32) -> DataKey {
    DataKey(id: .random(), stravaID: stravaID, version: version) { random_fill($0.baseAddress, $0.count) }
  }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(slot.bytes))
  }

  /// What a wrapped key is bound to: the identity of its document.
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

  /// Decrypts an envelope, whose `keyID` was asked for, straight into the memory of keys.
  static func unwrapped(
    _ wrapped: UnsafeRawBufferPointer, id: KeyID, stravaID: Int64, version: Int32, under master: SecretBytes
  ) throws(EnvelopeError) -> DataKey {
    guard wrapped.count == Envelope.headCount + Envelope.keyCount + Envelope.tagCount else {
      throw EnvelopeError(
        .doesNotOpen, "the encrypted form of data key \(id) has \(wrapped.count) bytes: it was changed")
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
  /// The `wrapped_key` of a data key: bound to the key's id, athlete and version.
  ///
  /// - Throws: `unknownKey` where the file has no such master.
  public func wrap(_ key: DataKey, under master: KeyID) throws(EnvelopeError) -> [UInt8] {
    key.wrapped(under: try secret(of: master), id: master)
  }

  /// The data key of a `data_keys` document, whose other fields must be those it was wrapped with.
  ///
  /// - Throws: `unknownKey` where the master that wrapped it is not in the file; see `EnvelopeError` for the rest.
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
