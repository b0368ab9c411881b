import Glibc

/// A passphrase, in memory that is zeroed when it goes (see `SecretBytes`).
public struct Passphrase: Sendable {
  private let buffer: SecretBytes
  private let count: Int

  /// In bytes.
  public static let longest = 1024

  /// Reads up to the first line feed or to the end. The line feed is not part of the passphrase, and nothing after it
  /// is read. The bytes are taken as they are.
  ///
  /// Where the descriptor is a terminal, turning its echo off is the caller's business; `ask` does it.
  public init(readingLineFrom descriptor: Int32) throws(PassphraseError) {
    try self.init(readingLineFrom: descriptor, interruptedBy: nil)
  }

  init(readingLineFrom descriptor: Int32, interruptedBy interrupt: UInt8?) throws(PassphraseError) {
    var filled = 0
    // One byte more than the longest passphrase, for its line feed.
    buffer = try SecretBytes(count: Self.longest + 1) { (bytes) throws(PassphraseError) in
      var isComplete = false
      while !isComplete, filled < bytes.count {
        // One at a time, so that the rest of the descriptor is left to others.
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

/// Why there is no passphrase.
public struct PassphraseError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    case notGiven = "not-given"
    case empty
    case tooLong = "too-long"
    /// The descriptor could not be read, or a signal came first.
    case unreadable
    /// There is no terminal to ask on.
    case noTerminal = "no-terminal"
    /// Ctrl-C instead of an answer.
    case interrupted
    /// Asked twice, and answered differently.
    case differs
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  /// As a clause.
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

/// What one try of a passphrase costs: Argon2id's passes over memory, one lane.
public struct PassphraseCost: Hashable, Sendable {
  /// libsodium's opslimit.
  public let passes: UInt32
  /// libsodium's memlimit, in KiB.
  public let memory: UInt32

  /// libsodium's "moderate": 3 passes over 256 MiB.
  public static let standard = PassphraseCost(verifiedPasses: 3, memory: 256 << 10)

  /// Nil beyond the limits: 1 to 16 passes, 8 KiB to 1 GiB. A file that asks for more is refused before any memory is
  /// taken.
  public init?(passes: UInt32, memory: UInt32) {
    guard 1...16 ~= passes, 8...1 << 20 ~= memory else { return nil }
    self.init(verifiedPasses: passes, memory: memory)
  }

  private init(verifiedPasses passes: UInt32, memory: UInt32) {
    self.passes = passes
    self.memory = memory
  }
}
