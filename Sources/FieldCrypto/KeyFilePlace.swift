/// The place that a key file is read from, and the place that changed keys are written to.
public struct KeyFilePlace: Sendable {
  public enum Source: Sendable, Equatable {
    case path(String)
    /// An open pipe or unlinked file, which can be read once.
    case descriptor(Int32)
  }

  public let source: Source
  /// The path of the new file that changed keys are written to; nil to change the file itself.
  public let output: String?

  public init(_ source: Source, output: String? = nil) {
    self.source = source
    self.output = output
  }

  /// The name of the key file in messages.
  public var name: String {
    switch source {
    case .path(let path): path
    case .descriptor(let number): KeyInput(number).name
    }
  }

  /// True if the keys can be read again, because a rotation may have changed them since.
  public var isRereadable: Bool { if case .path = source { true } else { false } }

  /// See `KeyFile.load`.
  public func load(
    isCancelled: () -> Bool = { false }, passphrase: () throws(PassphraseError) -> Passphrase = KeyFile.notGiven
  ) throws(KeyFileError) -> KeyFile {
    switch source {
    case .path(let path): try KeyFile.load(at: path, passphrase: passphrase)
    case .descriptor(let number): try KeyFile.load(from: number, isCancelled: isCancelled, passphrase: passphrase)
    }
  }

  /// Adds a new master key and makes it the active one.
  ///
  /// - Parameter file: The keys as they were read.
  /// - Throws: Also `notChangeable` if the keys came from a descriptor and no output is given.
  public func rotate(
    _ file: KeyFile, passphrase: () throws(PassphraseError) -> Passphrase = KeyFile.notGiven,
    now: Int64 = KeyFile.present
  ) throws(KeyFileError) -> KeyFile {
    if let output { return try written(file.rotated(now: now), to: output) }
    return try KeyFile.rotate(at: try changeablePath(), passphrase: passphrase, now: now)
  }

  /// Removes a master key permanently.
  ///
  /// - Parameter file: The keys as they were read.
  /// - Throws: Also `notChangeable` if the keys came from a descriptor and no output is given.
  public func drop(
    _ id: KeyID, of file: KeyFile, passphrase: () throws(PassphraseError) -> Passphrase = KeyFile.notGiven,
    now: Int64 = KeyFile.present
  ) throws(KeyFileError) -> KeyFile {
    if let output { return try written(file.dropping(id, from: name, now: now), to: output) }
    return try KeyFile.drop(id, at: try changeablePath(), passphrase: passphrase, now: now)
  }

  private func written(_ file: KeyFile, to output: String) throws(KeyFileError) -> KeyFile {
    try file.write(to: output)
    return file
  }

  private func changeablePath() throws(KeyFileError) -> String {
    if case .path(let path) = source { return path }
    throw KeyFileError(
      .notChangeable, name, "it is not a file with a name; write the changed keys to a new file with --key-out PATH",
      in: .change)
  }
}
