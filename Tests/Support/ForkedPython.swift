import Foundation

/// A Python program in a process of its own. It is forked from a process that has already imported MongoDB's driver
/// (Tests/Interop/prefork.py), because starting Python and importing the driver takes far longer than most programs. It
/// is killed when it reaches its time limit, and when the test process ends.
public final class ForkedPython: Sendable {
  /// The text of a program, or the path of one.
  enum Program: Sendable {
    case text(String)
    case file(String)
  }

  private struct Request: Encodable {
    var program: String?
    var file: String?
    let arguments: [String]
    let environment: [String: String]
    let input: String
    let directory = FileManager.default.currentDirectoryPath
    let seconds: Int
  }

  private let name: String
  private let seconds: Int
  private let socket: Int32

  /// Starts the program and returns at once.
  /// - Parameters:
  ///   - environment: Variables that are added to `Command.plainEnvironment`.
  ///   - input: The bytes of its standard input.
  init(
    _ program: Program, _ arguments: [String], environment: [String: String], input: String = "", timeout: Duration
  ) throws {
    seconds = Int(timeout / .seconds(1)) * Sanitizer.patience
    var request = Request(arguments: arguments, environment: environment, input: input, seconds: seconds)
    switch program {
    case .text(let text): (name, request.program) = ("the Python program", text)
    case .file(let path): (name, request.file) = (URL(filePath: path).lastPathComponent, path)
    }
    socket = try Self.parent.get().connected()
    send(try JSONEncoder().encode(request))
    shutdown(socket, Int32(SHUT_WR))
  }

  deinit { close(socket) }

  public var isRunning: Bool {
    var wanted = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&wanted, 1, 0) == 0
  }

  /// Waits until the program ends.
  /// - Returns: The text on standard output.
  /// - Throws: `HarnessError` with its standard error if it fails.
  public func wait() throws -> String {
    let reply = received()
    guard let end = reply.firstIndex(of: 0x0A) else {
      throw HarnessError("\(name) was killed, or ran for more than \(seconds) s")
    }
    let numbers = String(decoding: reply[..<end], as: UTF8.self).split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 3, reply.count == end + 1 + numbers[1] + numbers[2] else {
      throw HarnessError("\(name) was killed while it reported its output")
    }
    let (output, errors) = (reply[(end + 1)...].prefix(numbers[1]), reply.suffix(numbers[2]))
    guard numbers[0] == 0 else {
      throw HarnessError("\(name) ended with \(numbers[0]): \(String(decoding: errors, as: UTF8.self))")
    }
    return String(decoding: output, as: UTF8.self)
  }

  private func send(_ bytes: Data) {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let count = Glibc.send(socket, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
        // There is no reply if the other end is closed.
        guard count >= 0 || errno == EINTR else { return }
        rest = rest.dropFirst(max(count, 0))
      }
    }
  }

  private func received() -> [UInt8] {
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(socket, &part, part.count, 0)
      if count > 0 { all += part[..<count] } else if count == 0 || errno != EINTR { return all }
    }
  }

  private static let parent = Result { try Parent() }
}

/// The process from which the programs are forked.
private struct Parent: Sendable {
  private let folder: TemporaryFolder
  private let process: RunningCommand
  /// The folder has a short name, because the path of a socket has at most 107 bytes.
  private let descriptor: Int32

  init() throws {
    let script = Checkout.root.appending(path: "Tests/Interop/prefork.py").path
    folder = try TemporaryFolder()
    descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    process = try Command(try Checkout.inVenv("python"), [script, "socket"], directory: folder.path).start()
    while !process.outputSoFar.contains("listening") {
      guard process.isRunning else { throw HarnessError("\(script) ended: \(process.errorsSoFar)") }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  func connected() throws -> Int32 {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "/proc/self/fd/\(descriptor)/socket".utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      close(socket)
      throw HarnessError("no Python process: \(String(cString: strerror(errno))); \(process.errorsSoFar)")
    }
    return socket
  }
}
