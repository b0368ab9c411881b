extension BSONValue {
  /// The value of an `_id` as text for messages: the digits of an object id or a UUID, a string, or an integer. For
  /// other types, it is the name of the type.
  public var shortText: String {
    switch self {
    case .objectID(let id): id.description
    case .string(let text): text
    case .int32, .int64: integer.map(String.init) ?? ""
    case .binary(BinarySubtype.uuid, let bytes) where bytes.count == 16:
      bytes.withUnsafeBytes { bytes in
        var text = ByteBuffer(capacity: 36)
        text.append(uuid: bytes)
        return String(decoding: text.bytes, as: UTF8.self)
      }
    default: "\(type)"
    }
  }
}
