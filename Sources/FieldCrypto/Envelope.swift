import CSodium

/// A sealed value: header (version, algorithm, id of the key), random nonce, ciphertext and tag.
///
/// XChaCha20-Poly1305-IETF. The associated data is the header, then a context that names the value's place, so that
/// what is moved elsewhere does not open there.
enum Envelope {
  private static let version: UInt8 = 1
  private static let algorithm: UInt8 = 1
  private static let headerCount = 2 + KeyID.byteCount
  private static let nonceCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
  private static let bodyStart = headerCount + nonceCount
  private static let tagCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
  private static let keyCount = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)

  static func seal(
    _ plaintext: UnsafeRawBufferPointer, under key: SecretBytes, id: KeyID, context: String
  ) -> [UInt8] {
    precondition(key.count == keyCount)
    let count = bodyStart + plaintext.count + tagCount
    return [UInt8](unsafeUninitializedCapacity: count) { output, initializedCount in
      let sealed = UnsafeMutableRawBufferPointer(output)
      sealed[0] = version
      sealed[1] = algorithm
      id.withUnsafeBytes { sealed[slice: 2..<headerCount].copyMemory(from: $0) }
      let nonce = sealed[slice: headerCount..<bodyStart]
      random_fill(nonce.baseAddress, nonce.count)
      let header = UnsafeRawBufferPointer(sealed[slice: 0..<headerCount])
      withAssociatedData(header: header, context) { associated in
        key.withUnsafeBytes { key in
          xchacha20poly1305_seal(
            sealed[slice: bodyStart..<count].baseAddress, plaintext.baseAddress, plaintext.count,
            associated.baseAddress, associated.count, nonce.baseAddress, key.baseAddress)
        }
      }
      initializedCount = count
    }
  }

  /// The id of the key that the value says it was sealed under; nothing vouches for it until the value opens.
  static func keyID(of sealed: UnsafeRawBufferPointer) throws(EnvelopeError) -> KeyID {
    guard sealed.count >= bodyStart + tagCount else {
      throw EnvelopeError(
        .tooShort,
        "A sealed value has \(bodyStart + tagCount) bytes or more, but this one has \(sealed.count).")
    }
    guard sealed[0] == version else {
      throw EnvelopeError(
        .unknownVersion, "The sealed value has version \(sealed[0]), but only \(version) is known.")
    }
    guard sealed[1] == algorithm else {
      throw EnvelopeError(
        .unknownAlgorithm, "The sealed value has algorithm \(sealed[1]), but only \(algorithm) is known.")
    }
    return KeyID(prefixOf: sealed[slice: 2..<headerCount])
  }

  /// The plaintext, in ordinary memory, which is not zeroed when it is freed.
  static func open(
    _ sealed: UnsafeRawBufferPointer, under key: SecretBytes, id: KeyID, context: String
  ) throws(EnvelopeError) -> [UInt8] {
    precondition(key.count == keyCount)
    let sealedUnder = try keyID(of: sealed)
    guard sealedUnder == id else {
      throw EnvelopeError(.wrongKey, "The value is sealed under key \(sealedUnder); the key here is \(id).")
    }
    let body = sealed[slice: bodyStart..<sealed.count]
    let count = body.count - tagCount
    var opens = false
    let plaintext = [UInt8](unsafeUninitializedCapacity: count) { output, initializedCount in
      withAssociatedData(header: sealed[slice: 0..<headerCount], context) { associated in
        key.withUnsafeBytes { key in
          opens = xchacha20poly1305_open(
            output.baseAddress, body.baseAddress, body.count, associated.baseAddress, associated.count,
            sealed[slice: headerCount..<bodyStart].baseAddress, key.baseAddress)
        }
      }
      initializedCount = opens ? count : 0
    }
    guard opens else {
      throw EnvelopeError(
        .doesNotOpen, "The value does not open under key \(id): it was changed, or belongs to another place.")
    }
    return plaintext
  }

  private static func withAssociatedData(
    header: UnsafeRawBufferPointer, _ context: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    var context = context
    context.withUTF8 { context in
      withUnsafeTemporaryAllocation(byteCount: header.count + context.count, alignment: 1) { associated in
        associated.copyMemory(from: header)
        associated[slice: header.count..<associated.count].copyMemory(from: UnsafeRawBufferPointer(context))
        body(UnsafeRawBufferPointer(associated))
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate subscript(slice range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }
}

extension UnsafeMutableRawBufferPointer {
  fileprivate subscript(slice range: Range<Int>) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: self[range])
  }
}
