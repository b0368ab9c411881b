import Foundation

/// A port of 127.0.0.1 that nothing listens on. It lies below those that outgoing connections are given, so
/// that it is still free when a killed server comes back to it.
public func freePort() throws -> UInt16 {
  for _ in 1...100 {
    let port = UInt16.random(in: 20000..<32000)
    if isFree(port: port) { return port }
  }
  throw HarnessError("no free port on 127.0.0.1")
}

func isFree(port: UInt16) -> Bool {
  withSocket(port) { socket, address in bind(socket, address, loopbackSize) == 0 }
}

/// True when something takes connections on this port of 127.0.0.1.
func accepts(port: UInt16) -> Bool {
  withSocket(port) { socket, address in connect(socket, address, loopbackSize) == 0 }
}

/// True when a MongoDB server on this port of 127.0.0.1 answers `ping`. Written out byte by byte, since what
/// the tests start must not depend on what they test.
func ping(port: UInt16) -> Bool {
  let body =
    [UInt8]("\u{10}ping\0".utf8) + [1, 0, 0, 0]  // ping: int32 1
    + [UInt8]("\u{02}$db\0".utf8) + [6, 0, 0, 0] + [UInt8]("admin\0".utf8) + [0]
  let document = [UInt8(body.count + 4), 0, 0, 0] + body
  let message =
    [UInt8(document.count + 21), 0, 0, 0]  // length
    + [1, 0, 0, 0] + [0, 0, 0, 0]  // request id, response to
    + [0xDD, 0x07, 0, 0]  // OP_MSG
    + [0, 0, 0, 0] + [0]  // flags, section kind: one document
    + document
  let ok = [UInt8]("\u{01}ok\0".utf8) + [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]  // ok: double 1
  return withSocket(port) { socket, address in
    var limit = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard connect(socket, address, loopbackSize) == 0,
      send(socket, message, message.count, Int32(MSG_NOSIGNAL)) == message.count
    else { return false }
    var reply = [UInt8](repeating: 0, count: 4096)
    let count = recv(socket, &reply, reply.count, 0)
    return count > 0 && reply[..<count].contains(ok)
  }
}

private let loopbackSize = socklen_t(MemoryLayout<sockaddr_in>.size)

private func withSocket(_ port: UInt16, _ body: (Int32, UnsafePointer<sockaddr>) -> Bool) -> Bool {
  let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  guard socket >= 0 else { return false }
  defer { close(socket) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(socket, $0) }
  }
}
