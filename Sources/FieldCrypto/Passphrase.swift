import Glibc

/// A passphrase in secret memory, which is zeroed when it is freed (see `SecretBytes`).
public struct Passphrase: Sendable {
  private let buffer: SecretBytes
  private let count: Int

  /// The maximum length in bytes.
  public static let longest = 1024

  /// Reads bytes up to the first line feed or the end. The line feed is not part of the passphrase, and nothing after
  /// it is read. The bytes are not converted.
  ///
  /// If the descriptor is a terminal, the caller must turn off its echo; `ask` does that.
  public init(readingLineFrom descriptor: Int32) throws(PassphraseError) {
    try self.init(readingLineFrom: descriptor, interruptedBy: nil)
  }

  init(readingLineFrom descriptor: Int32, interruptedBy interrupt: UInt8?) throws(PassphraseError) {
    var filled = 0
    // The buffer has one more byte than the longest passphrase, for the line feed.
    buffer = try SecretBytes(count: Self.longest + 1) { (bytes) throws(PassphraseError) in
      var isComplete = false
      while !isComplete, filled < bytes.count {
        // Bytes are read one at a time, so that the rest of the input stays available to other readers.
        let count = read(descriptor, bytes.baseAddress?.advanced(by: filled), 1)
        if count < 0 { throw PassphraseError(.unreadable) }
        if count > 0, bytes[filled] == interrupt { throw PassphraseError(.interrupted) }
        isComplete = count == 0 || bytes[filled] == UInt8(ascii: "\n")
        if !isComplete { filled += 1 }
      }
      guard isComplete else { throw PassphraseError(.tooLong) }
    }
    count = filled
    guard count > 0 else { throw PassphraseError(.empty) }
  }

  public func isSame(as other: Passphrase) -> Bool {
    withUnsafeBytes { mine in other.withUnsafeBytes { mine.elementsEqual($0) } }
  }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try buffer.withUnsafeBytes { (bytes) throws(Failure) in try body(bytes[slice: 0..<count]) }
  }
}

/// The reason why there is no passphrase.
public struct PassphraseError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    case notGiven = "not-given"
    case empty
    case tooLong = "too-long"
    /// The descriptor could not be read, or a signal interrupted the read.
    case unreadable
    /// The process has no terminal on which to ask.
    case noTerminal = "no-terminal"
    /// The user pressed Ctrl-C instead of answering.
    case interrupted
    /// The user was asked twice and gave different answers.
    case differs
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  /// The error as a clause.
  var problem: String {
    switch code {
    case .notGiven: "none was given"
    case .empty: "it is empty"
    case .tooLong: "it is longer than \(Passphrase.longest) bytes"
    case .unreadable: "reading it failed"
    case .noTerminal: "there is no terminal; pass it through a file descriptor"
    case .interrupted: "the prompt was interrupted"
    case .differs: "the two passphrases differ; try again"
    }
  }

  public var description: String { "cannot read the passphrase: \(problem)" }
}

/// The cost of one derivation of a key from a passphrase: the number of Argon2id passes over memory, with one lane.
public struct PassphraseCost: Hashable, Sendable {
  /// The opslimit of libsodium.
  public let passes: UInt32
  /// The memlimit of libsodium, in KiB.
  public let memory: UInt32

  /// The cost that libsodium calls "moderate": 3 passes over 256 MiB.
  public static let standard = PassphraseCost(verifiedPasses: 3, memory: 256 << 10)

  /// Creates a cost; nil beyond the limits of 1 to 16 passes and 8 KiB to 1 GiB. A file that asks for more is rejected
  /// before any memory is allocated.
  public init?(passes: UInt32, memory: UInt32) {
    guard 1...16 ~= passes, 8...1 << 20 ~= memory else { return nil }
    self.init(verifiedPasses: passes, memory: memory)
  }

  private init(verifiedPasses passes: UInt32, memory: UInt32) {
    self.passes = passes
    self.memory = memory
  }
}
