/// A message authentication code for the sealing settings in a database. Someone who can only write to the database
/// cannot narrow the policy or name another master key without detection.
///
/// The MAC is BLAKE2b-256 under the settings subkey of the UTF-8 text `strava-store/3/store_settings/<classes>/<index
/// key's id>/<active master's id>/<digest form>/<form>`. The classes are in ASCII order with commas between them, the ids
/// are lower-case UUIDs, and the digest form is in decimal digits. If the settings contain no form of the database, the
/// text has a 2 in place of the 3 and ends after the digest form.
///
/// ```swift
/// let mac = SettingsMAC(keys.indexKey)
/// let expected = mac.mac(
///   sealedClasses: ["secret", "identity"], activeMaster: keys.active, digestForm: RecordDigest.form, form: "platform")
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
  /// - Parameters:
  ///   - sealedClasses: the names of the classes, each in lower-case letters, in any order.
  ///   - form: the form of the database; nil if the settings contain none.
  public func mac(
    sealedClasses: Set<String>, activeMaster: KeyID, digestForm: Int32, form: String? = nil
  ) -> Digest256 {
    let content = "\(sealedClasses.sorted().joined(separator: ","))/\(indexKeyID)/\(activeMaster)/\(digestForm)"
    let text =
      form.map { "strava-store/3/store_settings/\(content)/\($0)" } ?? "strava-store/2/store_settings/\(content)"
    return text.withContextBytes { hash.digest($0) }
  }
}
