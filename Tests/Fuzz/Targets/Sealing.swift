import FieldCrypto

/// Checks that arbitrary bytes do not decrypt, and that a sealed value decrypts only if no byte of it is changed.
func checkSealed(_ input: [UInt8]) throws {
  let keys = try KeysForFuzzing.shared.get()
  let path = SealedPath(collection: "users", key: "1")
  let key = DataKey.random(stravaID: 1, version: 1)
  let rejects = RejectEnvelope(keys.indexKey)
  func decrypted(_ sealed: [UInt8]) -> [UInt8]? {
    sealed.withUnsafeBytes { try? SealedValue.decrypt($0, athlete: 1, at: path) { _ in key } }
  }
  try expect(decrypted(input) == nil, "bytes of anybody's open as a sealed value")
  try expect(input.withUnsafeBytes { try? rejects.decrypt($0) } == nil, "bytes of anybody's open as a reject")
  let wrapped = input.withUnsafeBytes { try? keys.unwrap($0, id: key.id, stravaID: 1, version: 1) }
  try expect(wrapped == nil, "bytes of anybody's open as a data key")

  var envelope = [UInt8](repeating: 0, count: SealedValue.headCount) + input
  envelope += [UInt8](repeating: 0, count: SealedValue.tailCount)
  var sealer = FieldSealer()
  sealer.begin(under: key)
  envelope.withUnsafeMutableBytes { sealer.seal(inPlace: $0, at: path) }
  try expect(decrypted(envelope) == input, "a sealed value does not open")
  let choice = input.prefix(3).reduce(0) { $0 * 256 + Int($1) }
  envelope[choice % envelope.count] ^= UInt8(1) << UInt8(choice % 8)
  try expect(decrypted(envelope) == nil, "a changed value opens")
  try expect(decrypted(Array(envelope.dropLast(1 + choice % envelope.count))) == nil, "a value that is cut opens")
}

/// Checks that a key file's text is either refused or gives a file that has its active key.
func checkKeyFile(_ text: [UInt8]) throws {
  let fuzzed = try MemoryFile(text)
  guard let file = try? KeyFile.load(at: fuzzed.path) else { return }
  try expect(file.masterIDs.contains(file.active), "the active master is not in the key file")
}

/// One key file for all inputs.
private enum KeysForFuzzing {
  static let shared: Result<KeyFile, any Error> = Result {
    try KeyFile.generate(at: MemoryFile.folder.get() + "/keys")
  }
}
