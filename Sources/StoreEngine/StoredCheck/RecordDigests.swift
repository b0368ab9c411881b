import BSON
import FieldCrypto
import SourceText

/// Whether `raw_data` is still what was imported: `source` keeps a keyed digest of it (design section 1), and the typed
/// fields were made of it.
struct RecordDigests: Sendable {
  private let hash: KeyedHash
  /// The halves that a user's records are kept in.
  private let halves: [StaticString]

  init(_ key: IndexKey, of collection: String) {
    hash = KeyedHash(key, .digest)
    halves = collection == Collections.users ? ["athlete", "token"] : []
  }

  /// - Parameters:
  ///   - document: with everything opened that opens.
  ///   - faults: where something in a record is not as it was sealed, its digest says nothing more.
  func findings(in document: BSONView, sealingFaults faults: [SealingFault]) -> [Finding] {
    guard let source = document["source"]?.document, let version = document["schema_version"]?.int32 else { return [] }
    let raw = document["raw_data"]
    if halves.isEmpty {
      return [finding("/raw_data", raw, source, version, faults)].compactMap(\.self)
    }
    return halves.compactMap { half in
      guard let source = source[half]?.document else { return nil }
      return finding("/raw_data/\(half)", raw?.document?[half], source, version, faults)
    }
  }

  private func finding(
    _ pointer: String, _ record: BSONField?, _ source: BSONView, _ version: Int32, _ faults: [SealingFault]
  ) -> Finding? {
    guard let digest = source["digest"]?.binary.flatMap({ Digest256(bytes: $0.bytes) }),
      !faults.contains(where: { $0.pointer.hasPrefix(pointer) })
    else { return nil }
    guard let record = record?.document else {
      return Finding(.alteredRecord, "the record that was imported is not here any more", pointer: pointer)
    }
    let now = withUnsafeBytes(of: version.littleEndian) { hash.digest([$0, record.bytes]) }
    if now == digest { return nil }
    return Finding(.alteredRecord, "this is not the record that was imported: its digest is another", pointer: pointer)
  }
}

extension BSONField {
  fileprivate var int32: Int32? { self.is(.int32) ? integer.map(Int32.init(truncatingIfNeeded:)) : nil }
}
