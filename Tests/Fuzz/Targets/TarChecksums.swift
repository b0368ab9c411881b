/// Returns whole blocks of a tar, each with the checksum that it would have as a header, and the tar's end after them.
/// Without the checksums, the reader would refuse almost every input in the same way.
func withTarChecksums(_ bytes: [UInt8]) -> [UInt8] {
  let block = 512
  var tar = bytes.prefix(32 * block) + [UInt8](repeating: 0, count: (block - bytes.count % block) % block)
  for start in stride(from: 0, to: tar.count, by: block) {
    let field = start + 148..<start + 156
    // A block without a number there is a member's data.
    guard tar[field].contains(where: { 0x30...0x37 ~= $0 }) else { continue }
    for index in field { tar[index] = 0x20 }
    let sum = tar[start..<start + block].reduce(0) { $0 + Int($1) }
    let digits = String(sum, radix: 8)
    tar.replaceSubrange(
      start + 148..<start + 154, with: (String(repeating: "0", count: 6 - digits.count) + digits).utf8)
    tar[start + 154] = 0
  }
  return Array(tar) + [UInt8](repeating: 0, count: 2 * block)
}
