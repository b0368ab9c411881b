import Foundation

/// A folder that is removed with everything in it when the last reference is released.
public final class TemporaryFolder: Sendable {
  public let url: URL
  public var path: String { url.path }

  public init() throws {
    url = try TemporaryFolder.ofThisProcess.get().appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Returns the path of a file or folder in this folder, whether it exists or not.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file, and creates the folders on its path.
  /// - Returns: Its path.
  @discardableResult
  public func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  @discardableResult
  public func write(_ text: String, to name: String) throws -> String { try write(text.utf8, to: name) }

  public func read(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: url.appending(path: name)))
  }

  /// The folder is among the build products, never in the system's temporary folder, so a later run finds and removes
  /// what a crashed run left.
  private static let ofThisProcess = Result {
    let all = Checkout.products.appending(path: "test-data")
    let own = all.appending(path: String(getpid()))
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: all.path) {
      guard let pid = pid_t(name), kill(pid, 0) == -1, errno == ESRCH else { continue }
      try? FileManager.default.removeItem(at: all.appending(path: name))
    }
    AtExit.run { try? FileManager.default.removeItem(at: own) }
    return own
  }
}
