import FieldCrypto

/// What anybody can write opens as nothing; what was sealed opens, and not with a byte changed.
func checkSealed(_ input: [UInt8]) throws {
  let keys = try KeysForFuzzing.shared.get()
  let path = SealedPath(collection: "users", key: "1")
  let key = DataKey.random(stravaID: 1, version: 1)
  let rejects = RejectEnvelope(keys.indexKey)
  func opened(_ sealed: [UInt8]) -> [UInt8]? {
    sealed.withUnsafeBytes { try? SealedValue.decrypt($0, athlete: 1, at: path) { _ in key } }
  }
  try expect(opened(input) == nil, "bytes of anybody's open as a sealed value")
  try expect(input.withUnsafeBytes { try? rejects.decrypt($0) } == nil, "bytes of anybody's open as a reject")
  let wrapped = input.withUnsafeBytes { try? keys.unwrap($0, id: key.id, stravaID: 1, version: 1) }
  try expect(wrapped == nil, "bytes of anybody's open as a data key")

  var envelope = [UInt8](repeating: 0, count: SealedValue.headCount) + input
  envelope += [UInt8](repeating: 0, count: SealedValue.tailCount)
  var sealer = FieldSealer()
  sealer.begin(under: key)
  envelope.withUnsafeMutableBytes { sealer.seal(inPlace: $0, at: path) }
  try expect(opened(envelope) == input, "a sealed value does not open")
  let choice = input.prefix(3).reduce(0) { $0 * 256 + Int($1) }
  envelope[choice % envelope.count] ^= UInt8(1) << UInt8(choice % 8)
  try expect(opened(envelope) == nil, "a changed value opens")
  try expect(opened(Array(envelope.dropLast(1 + choice % envelope.count))) == nil, "a value that is cut opens")
}

/// A key file's text is refused or gives a file whose active key is there.
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
