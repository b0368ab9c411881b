import CSodium

extension KeyFile {
  /// The keys as JSON text in secret memory. No `String` ever contains a key.
  var json: SecretBytes {
    var pieces: [Piece] = [.plain("{\n  \"version\": 1,\n  \"active\": \"\(active)\",\n  \"masters\": {")]
    for (index, id) in masterIDs.enumerated() {
      guard let master = masters[id] else { continue }
      pieces += [.plain(index == 0 ? "\n" : ",\n"), .plain("    \"\(id)\": \""), .key(master), .plain("\"")]
    }
    pieces += [.plain("\n  },\n  \"index_key\": \""), .key(indexKey.secret), .plain("\"\n}\n")]

    return SecretBytes(count: pieces.reduce(0) { $0 + $1.count }) { text in
      var position = 0
      for piece in pieces {
        let rest = UnsafeMutableRawBufferPointer(rebasing: text[position...])
        switch piece {
        case .plain(let plain): rest.copyBytes(from: plain.utf8)
        case .key(let key):
          // The encoder writes a 0 byte at the end, which the next piece overwrites.
          key.withUnsafeBytes { base64_encode(rest.baseAddress, rest.count, $0.baseAddress, $0.count) }
        }
        position += piece.count
      }
    }
  }

  private enum Piece {
    case plain(String)
    case key(SecretBytes)

    var count: Int {
      switch self {
      case .plain(let text): text.utf8.count
      case .key(let key): (key.count + 2) / 3 * 4
      }
    }
  }
}
