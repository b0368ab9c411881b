import CSodium

/// The format of a sealed value: header (version, algorithm, id of the key), random nonce, ciphertext and tag.
///
/// The algorithm is XChaCha20-Poly1305-IETF. The associated data is the header, followed by a context that names the
/// path of the value, so that a value that was moved to another path cannot be decrypted there.
enum Envelope {
  private static let version: UInt8 = 1
  private static let algorithm: UInt8 = 1
  private static let headerCount = 2 + KeyID.byteCount
  static let nonceCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
  /// The number of bytes before the ciphertext.
  static let headCount = headerCount + nonceCount
  /// The number of bytes after the ciphertext.
  static let tagCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
  static let keyCount = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)

  /// Encrypts the plaintext between head and tag in place, and writes head and tag.
  ///
  /// - Parameters:
  ///   - derived: HChaCha20 of the data key and the first 16 bytes of the nonce.
  ///   - nonce: 24 bytes that are used only once under the data key.
  static func seal(
    inPlace envelope: UnsafeMutableRawBufferPointer, underDerived derived: UnsafeRawBufferPointer, id: KeyID,
    context: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer
  ) {
    fill(envelope, id: id, context: context, nonce: nonce) { body, count, associated in
      xchacha20poly1305_seal_derived(
        body, body, count, associated.baseAddress, associated.count, nonce.baseAddress, derived.baseAddress)
    }
  }

  /// Writes the head and encrypts the plaintext after it in place.
  private static func fill(
    _ envelope: UnsafeMutableRawBufferPointer, id: KeyID, context: UnsafeRawBufferPointer,
    nonce: UnsafeRawBufferPointer,
    encrypt: (_ body: UnsafeMutableRawPointer?, _ count: Int, _ associated: UnsafeRawBufferPointer) -> Void
  ) {
    precondition(nonce.count == nonceCount && envelope.count >= headCount + tagCount)
    envelope[0] = version
    envelope[1] = algorithm
    id.withUnsafeBytes { envelope[slice: 2..<headerCount].copyMemory(from: $0) }
    envelope[slice: headerCount..<headCount].copyMemory(from: nonce)
    let body = envelope[slice: headCount..<envelope.count].baseAddress
    withAssociatedData(header: UnsafeRawBufferPointer(envelope[slice: 0..<headerCount]), context) { associated in
      encrypt(body, envelope.count - headCount - tagCount, associated)
    }
  }

  /// Returns a new envelope with its own random nonce.
  static func seal(
    _ plaintext: UnsafeRawBufferPointer, under key: UnsafeRawBufferPointer, id: KeyID,
    context: UnsafeRawBufferPointer
  ) -> [UInt8] {
    precondition(key.count == keyCount)
    let count = headCount + plaintext.count + tagCount
    return [UInt8](unsafeUninitializedCapacity: count) { output, initializedCount in
      let envelope = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<count])
      envelope[slice: headCount..<count - tagCount].copyMemory(from: plaintext)
      withUnsafeTemporaryAllocation(byteCount: nonceCount, alignment: 1) { nonce in
        random_fill(nonce.baseAddress, nonce.count)
        fill(envelope, id: id, context: context, nonce: UnsafeRawBufferPointer(nonce)) { body, count, associated in
          xchacha20poly1305_seal(
            body, body, count, associated.baseAddress, associated.count, nonce.baseAddress, key.baseAddress)
        }
      }
      initializedCount = count
    }
  }

  /// Returns the id of the key that the value claims to be sealed under. The id is not authenticated until the value is
  /// decrypted.
  static func keyID(of sealed: UnsafeRawBufferPointer) throws(EnvelopeError) -> KeyID {
    guard sealed.count >= headCount + tagCount else {
      throw EnvelopeError(
        .tooShort,
        "a sealed value has at least \(headCount + tagCount) bytes, but this one has \(sealed.count)")
    }
    guard sealed[0] == version else {
      throw EnvelopeError(
        .unknownVersion, "the sealed value has the unknown version \(sealed[0]); this program reads version \(version)")
    }
    guard sealed[1] == algorithm else {
      throw EnvelopeError(
        .unknownAlgorithm,
        "the sealed value has the unknown algorithm \(sealed[1]); this program reads algorithm \(algorithm)")
    }
    return KeyID(prefixOf: sealed[slice: 2..<headerCount])
  }

  /// Decrypts an envelope into memory that holds `sealed.count` - 58 bytes. The caller has checked its `keyID`.
  static func decrypt(
    _ sealed: UnsafeRawBufferPointer, into plaintext: UnsafeMutableRawPointer?, under key: UnsafeRawBufferPointer,
    context: UnsafeRawBufferPointer
  ) throws(EnvelopeError) {
    precondition(key.count == keyCount && sealed.count >= headCount + tagCount)
    let body = sealed[slice: headCount..<sealed.count]
    var isGenuine = false
    withAssociatedData(header: sealed[slice: 0..<headerCount], context) { associated in
      isGenuine = xchacha20poly1305_open(
        plaintext, body.baseAddress, body.count, associated.baseAddress, associated.count,
        sealed[slice: headerCount..<headCount].baseAddress, key.baseAddress)
    }
    guard isGenuine else {
      let id = KeyID(prefixOf: sealed[slice: 2..<headerCount])
      throw EnvelopeError(
        .notAuthentic,
        "the value cannot be decrypted with key \(id): it was changed, or moved here from another field or document")
    }
  }

  /// Decrypts an envelope into ordinary memory, which is not zeroed when it is freed.
  static func decrypt(
    _ sealed: UnsafeRawBufferPointer, under key: UnsafeRawBufferPointer, context: UnsafeRawBufferPointer
  ) throws(EnvelopeError) -> [UInt8] {
    let count = sealed.count - headCount - tagCount
    var failure: EnvelopeError?
    let plaintext = [UInt8](unsafeUninitializedCapacity: count) { output, initializedCount in
      do throws(EnvelopeError) {
        try decrypt(sealed, into: output.baseAddress, under: key, context: context)
        initializedCount = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return plaintext
  }

  private static func withAssociatedData(
    header: UnsafeRawBufferPointer, _ context: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    withUnsafeTemporaryAllocation(byteCount: header.count + context.count, alignment: 1) { associated in
      associated.copyMemory(from: header)
      associated[slice: header.count..<associated.count].copyMemory(from: context)
      body(UnsafeRawBufferPointer(associated))
    }
  }
}

extension UnsafeRawBufferPointer {
  subscript(slice range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }

  /// Returns the bytes without those of these ASCII characters at both ends.
  func trimmed(_ spaces: String) -> UnsafeRawBufferPointer {
    func isSpace(_ byte: UInt8) -> Bool { spaces.utf8.contains(byte) }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) })
    else { return self[slice: 0..<0] }
    return self[slice: first..<last + 1]
  }
}

extension UnsafeMutableRawBufferPointer {
  subscript(slice range: Range<Int>) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: self[range])
  }
}

extension String {
  /// Calls `body` with the UTF-8 bytes of a text, such as the context of an envelope.
  func withContextBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try utf8.span.withUnsafeBytes(body)
  }
}
