import Foundation
import Support

/// Speaks just enough of the wire protocol to say what no honest server says: greetings are proper, every other
/// command gets the bytes that the test wants.
final class FakeServer: Sendable {
  let port: Int
  private let listener: Int32

  /// - Parameter answer: the reply document's bytes for a command of that name.
  init(answer: @escaping @Sendable (String) -> [UInt8]) throws {
    port = Int(try freePort())
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = UInt16(port).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listens = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 16) == 0
      }
    }
    guard listens else { throw HarnessError("the fake server cannot listen") }
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { Self.serve(connection, answer) }
      }
    }
  }

  deinit {
    // Wakes the accepting thread, which closing alone does not.
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func serve(_ connection: Int32, _ answer: (String) -> [UInt8]) {
    defer { close(connection) }
    while let header = receive(connection, 16), let body = receive(connection, Int(int32(header, 0)) - 16) {
      let isMessage = int32(header, 12) == 2013
      // A message is flags, a section kind and the command; its first key is the command's name.
      let name = isMessage ? String(decoding: body[10...].prefix { $0 != 0 }, as: UTF8.self) : "hello"
      let document = ["hello", "isMaster", "ismaster"].contains(name) ? greeting : answer(name)
      let frame: [UInt8] = isMessage ? le(Int32(0)) + [0] : le(Int32(8)) + le(Int64(0)) + le(Int32(0)) + le(Int32(1))
      let reply = le(Int32(16 + frame.count + document.count)) + le(Int32(1)) + header[4..<8]
      let bytes = reply + le(Int32(isMessage ? 2013 : 1)) + frame + document
      guard send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
    }
  }

  private static let greeting = document(
    element(0x08, "ismaster", [1]), element(0x10, "maxBsonObjectSize", le(Int32(16_777_216))),
    element(0x10, "maxMessageSizeBytes", le(Int32(48_000_000))), element(0x10, "maxWriteBatchSize", le(Int32(100_000))),
    element(0x10, "minWireVersion", le(Int32(0))), element(0x10, "maxWireVersion", le(Int32(17))),
    element(0x01, "ok", le(Double(1).bitPattern)))

  private static func receive(_ connection: Int32, _ count: Int) -> [UInt8]? {
    guard count > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let n = bytes.withUnsafeMutableBytes { recv(connection, $0.baseAddress! + got, count - got, 0) }
      guard n > 0 else { return nil }
      got += n
    }
    return bytes
  }

  private static func int32(_ bytes: [UInt8], _ offset: Int) -> Int32 {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) }
  }
}

// BSON by hand, so that it can be wrong.

/// Little-endian bytes.
func le<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

func element(_ type: UInt8, _ key: String, _ value: [UInt8]) -> [UInt8] { [type] + Array(key.utf8) + [0] + value }

func document(_ elements: [UInt8]...) -> [UInt8] {
  let body = elements.flatMap { $0 }
  return le(Int32(body.count + 5)) + body + [0]
}
