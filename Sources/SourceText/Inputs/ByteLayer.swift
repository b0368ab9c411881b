import Findings
import Glibc

/// One layer of bytes: a file, what a decompressor makes of the layer below, or a member of an archive.
///
/// A layer is used from one thread.
protocol ByteLayer: AnyObject {
  /// Puts at least one byte into `buffer` (which is not empty), or returns 0 at the true end.
  ///
  /// It throws only when no byte is left to give; after that the layer is not read again.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int
}

/// Why a layer ended before its true end.
struct InputFailure: Error {
  var rule: Rule
  var message: String

  static func damaged(_ message: String) -> InputFailure {
    InputFailure(rule: .damagedArchive, message: message)
  }

  /// The failure of a system call: its `errno` in words.
  static func unreadable(_ what: String, _ code: Int32) -> InputFailure {
    InputFailure(rule: .unreadable, message: "\(what): \(String(cString: strerror(code)))")
  }

  func finding(_ name: String) -> Finding { Finding(rule, message, file: name) }
}

/// A layer whose first bytes can be looked at before they are read.
final class PeekLayer: ByteLayer {
  /// Up to `headSize` first bytes; fewer only where the stream has no more.
  let head: [UInt8]
  /// What ended the stream within its head.
  let failure: InputFailure?

  /// A tar header is one block of this size, and the longest thing that is looked for.
  static let headSize = 512

  private let below: any ByteLayer
  private var given = 0

  init(_ below: any ByteLayer) {
    self.below = below
    var failure: InputFailure?
    head = [UInt8](unsafeUninitializedCapacity: Self.headSize) { buffer, filled in
      do throws(InputFailure) {
        while filled < buffer.count {
          let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
          let count = try below.read(into: rest)
          if count == 0 { break }
          filled += count
        }
      } catch {
        failure = error
      }
    }
    self.failure = failure
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    if given < head.count {
      let count = min(buffer.count, head.count - given)
      buffer.copyBytes(from: head[given..<given + count])
      given += count
      return count
    }
    if let failure { throw failure }
    // A short head was the end; a terminal would ask for more if it were read again.
    return head.count < Self.headSize ? 0 : try below.read(into: buffer)
  }
}
