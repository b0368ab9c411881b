import Findings
import Glibc

/// A layer of bytes: a file, the output of a decompressor that reads the layer below, or a member of an archive.
///
/// A layer is used by one thread.
protocol ByteLayer: AnyObject {
  /// Writes at least one byte into `buffer` (which is not empty) and returns the number of bytes. Returns 0 at the true
  /// end.
  ///
  /// Throws only after all bytes before the failure have been returned. After that, the layer must not be read again.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int
}

/// The reason that a layer ended before its true end.
struct InputFailure: Error {
  var rule: Rule
  var message: String

  static func damaged(_ message: String) -> InputFailure {
    InputFailure(rule: .damagedArchive, message: message)
  }

  /// Returns the failure of a system call, with a message that describes its `errno`.
  static func unreadable(_ what: String, _ code: Int32) -> InputFailure {
    InputFailure(rule: .unreadable, message: "\(what): \(String(cString: strerror(code)))")
  }

  /// Returns the finding that reports the failure of an input.
  func finding(_ name: String) -> Finding { Finding(rule, message, file: name) }
}

/// A layer whose first bytes can be examined before they are read.
final class PeekLayer: ByteLayer {
  /// The first bytes, at most `headSize`. There are fewer only if the stream has no more.
  let head: [UInt8]
  /// The failure that ended the stream within its head; nil if there was no failure.
  let failure: InputFailure?

  /// The maximum size of the head in bytes. A tar header has this size, and is the longest pattern that is searched
  /// for.
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
    // A short head means that the stream has ended. It is not read again, because a terminal would ask for more input.
    return head.count < Self.headSize ? 0 : try below.read(into: buffer)
  }
}
