import Findings

/// One stream of decompressed bytes. Used from one thread, and only inside the call that it is handed to.
public final class ByteSource {
  /// As the user gave it; in a directory `dir/relative`; an archive's members `dump.zip/activities/1.json`; `-`.
  public let name: String
  /// The part of the name that is the same wherever the user keeps the folder or file that was named.
  public let place: String
  /// Whether the user named the file, and not a folder that it is in.
  public let isNamed: Bool
  /// Why the bytes ended before their true end: set once `read` has given its last byte. `InputSet` reports it.
  public private(set) var failure: Finding?

  private var layer: (any ByteLayer)?
  private let file: FileLayer
  private let before: Int

  init(_ name: String, place: String, isNamed: Bool, _ layer: any ByteLayer, _ file: FileLayer, before: Int) {
    self.name = name
    self.place = place
    self.isNamed = isNamed
    self.layer = layer
    self.file = file
    self.before = before
  }

  /// Fills `buffer` as far as the bytes go, blocking; less than that only at the end, or at `failure`.
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

  /// Bytes that the whole walk has consumed on disk so far (compressed ones, where they are), to be held against
  /// `InputSet.totalBytes`.
  public var storedBytesRead: Int { before + file.position }

  /// After this nothing more is read: the layer below belongs to the next source.
  func close() { layer = nil }
}
