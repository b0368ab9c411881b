public final class ByteSource {
  public let name = ""
  func read(into: UnsafeMutableRawBufferPointer) -> Int { 0 }
}
