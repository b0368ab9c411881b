/// Vouches for the sealing settings that a database holds, so that who can only write the database cannot narrow
/// the policy or name another master.
///
/// The MAC is BLAKE2b-256 under the settings subkey of the UTF-8 text
/// `strava-store/2/store_settings/<classes>/<index key's id>/<active master's id>/<digest form>`, the classes in ASCII
/// order with commas between them, the ids as lower-case UUIDs, the form of the records' digests in decimal digits.
public struct SettingsMAC: Sendable {
  private let indexKeyID: KeyID
  private let hash: KeyedHash

  public init(_ indexKey: IndexKey) {
    indexKeyID = indexKey.id
    hash = KeyedHash(indexKey, .settings)
  }

  /// Compare with `==`, which takes constant time.
  ///
  /// - Parameter sealedClasses: names of classes, lower-case letters each, in any order.
  public func mac(sealedClasses: Set<String>, activeMaster: KeyID, digestForm: Int32) -> Digest256 {
    let classes = sealedClasses.sorted().joined(separator: ",")
    return "strava-store/2/store_settings/\(classes)/\(indexKeyID)/\(activeMaster)/\(digestForm)".withContextBytes {
      hash.digest($0)
    }
  }
}
