/// A message authentication code for the sealing settings in a database. Someone who can only write to the database
/// cannot narrow the policy or name another master key without detection.
///
/// The MAC is BLAKE2b-256 under the settings subkey of the UTF-8 text `strava-store/2/store_settings/<classes>/<index
/// key's id>/<active master's id>/<digest form>`. The classes are in ASCII order with commas between them, the ids are
/// lower-case UUIDs, and the digest form is in decimal digits.
///
/// ```swift
/// let mac = SettingsMAC(keys.indexKey)
/// let expected = mac.mac(
///   sealedClasses: ["secret", "identity"], activeMaster: keys.active, digestForm: RecordDigest.form)
/// guard stored == expected else { return }  // someone has changed the settings
/// ```
public struct SettingsMAC: Sendable {
  private let indexKeyID: KeyID
  private let hash: KeyedHash

  public init(_ indexKey: IndexKey) {
    indexKeyID = indexKey.id
    hash = KeyedHash(indexKey, .settings)
  }

  /// Returns the MAC of the settings. Compare MACs with `==`, which takes constant time.
  ///
  /// - Parameter sealedClasses: the names of the classes, each in lower-case letters, in any order.
  public func mac(sealedClasses: Set<String>, activeMaster: KeyID, digestForm: Int32) -> Digest256 {
    let classes = sealedClasses.sorted().joined(separator: ",")
    return "strava-store/2/store_settings/\(classes)/\(indexKeyID)/\(activeMaster)/\(digestForm)".withContextBytes {
      hash.digest($0)
    }
  }
}
