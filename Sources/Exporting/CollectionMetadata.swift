import BSON
import Mongo
import StoreAccess

/// The metadata that restores a collection, in the form that mongodump writes and mongorestore reads: its options and
/// indexes.
struct CollectionMetadata {
  let text: String

  /// - Parameter keepsValidator: False if the documents are not as stored: the validator requires sealed values, and
  ///   would refuse decrypted ones.
  init(_ name: String, _ session: StoreSession, keepsValidator: Bool) throws {
    let (description, indexes) = try session.retrying("reading the indexes of \(name)") {
      let collection = try session.client().collection(name, in: session.database)
      return (try collection.description(), try collection.listIndexes())
    }
    let dropped: Set<String> = keepsValidator ? [] : ["validator", "validationLevel", "validationAction"]
    let metadata = BSONDocument { out in
      let list = out.beginArray("indexes")
      for (number, index) in indexes.enumerated() { out.append(name: String(number), .document(index)) }
      out.end(list)
      if let uuid = description?.uuid { out.append("uuid", uuid.hexadecimal) }
      out.append("collectionName", name)
      out.append("type", description?.type ?? "collection")
      let options = out.begin("options")
      for (key, value) in description?.options.elements ?? [] where !dropped.contains(key) {
        out.append(name: key, value)
      }
      out.end(options)
    }
    var json = ByteBuffer()
    metadata.withView { ExtendedJSON.append(canonical: $0, to: &json) }
    json.append(UInt8(ascii: "\n"))
    text = String(decoding: json.bytes, as: UTF8.self)
  }
}
