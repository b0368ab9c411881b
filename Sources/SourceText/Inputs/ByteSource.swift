import Findings

/// A stream of decompressed bytes. It is used by one thread, and only during the call that receives it.
public final class ByteSource {
  /// The name of the input as the user gave it. A file in a directory is named `dir/relative`, a member of an archive
  /// `dump.zip/activities/1.json`, and standard input `-`.
  public let name: String
  /// The part of the name that stays the same wherever the user keeps the folder or file that was named.
  public let relativePath: String
  /// Whether the user named the file itself, and not a folder that contains it.
  public let isNamed: Bool
  /// The reason that the bytes ended before their true end, set when `read` has returned the last byte. `InputSet`
  /// reports it.
  public private(set) var failure: Finding?

  private var layer: (any ByteLayer)?
  private let file: FileLayer
  private let before: Int

  /// The first bytes of the stream, at most 512.
  public let head: [UInt8]
  private let readCompanion: (String) -> [UInt8]?

  init(
    _ name: String, relativePath: String, isNamed: Bool, _ layer: PeekLayer, _ file: FileLayer, before: Int,
    companion: @escaping (String) -> [UInt8]?
  ) {
    head = layer.head
    readCompanion = companion
    self.name = name
    self.relativePath = relativePath
    self.isNamed = isNamed
    self.layer = layer
    self.file = file
    self.before = before
  }

  /// Fills `buffer`, blocking until it is full, and returns the number of bytes. There are fewer bytes than it can hold
  /// only at the end of the stream or at `failure`.
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    do throws(InputFailure) {
      while filled < buffer.count, let layer {
        let count = try layer.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        if count == 0 { self.layer = nil }
        filled += count
      }
    } catch {
      failure = error.finding(name)
      layer = nil
    }
    return filled
  }

  /// Returns the bytes of another file in the same folder or archive, at most 64 KiB; nil if there is none, or if it
  /// cannot be reached because the archive is a stream.
  public func companion(_ name: String) -> [UInt8]? { readCompanion(name) }

  /// The number of bytes on disk (compressed, if they are) that the whole walk has read so far. Compare it with
  /// `InputSet.totalBytes`.
  public var storedBytesRead: Int { before + file.position }

  /// Ends the reading, because the layer below now belongs to the next source.
  func close() { layer = nil }
}
