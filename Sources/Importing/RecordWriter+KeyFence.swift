import BSON
import FieldCrypto
import Sealing

extension RecordWriter {
  /// After a bulk is written: its data keys may have been rotated, or purged, since it was sealed. What it wrote is
  /// sealed anew then; the keys it was sealed under are still in memory. Keys that were destroyed are not used again: the
  /// bulk was there before, as it were.
  ///
  /// A purge begins a new generation before it looks for values under old keys. So either this sees the new generation,
  /// or the bulk was there before the purge looked.
  func keepReadable(_ bulk: [PendingRecord]) throws {
    guard let kind = bulk.first?.record.kind, let generation = bulk.compactMap({ $0.sealing?.generation }).min(),
      try context.sealing.isPast(generation)
    else { return }
    let target = RecordTarget.of(kind)
    let held = Dictionary(bulk.compactMap { $0.sealing.map { ($0.key.id, $0.key) } }) { $1 }
    let values = bulk.compactMap { pending -> BSONValue? in
      guard pending.sealing != nil else { return nil }
      return switch pending.record.key {
      case .strava(let id): .int64(id)
      case .object(let id): .objectID(id)
      }
    }
    let lookUp = try DocumentLookUp(
      target.collection, context.session, context.sealing, held: context.sealing.undestroyed(held))
    try DocumentRewriter.reseal(values, by: "\(target.keyField)", lookUp, log.findings)
  }
}
