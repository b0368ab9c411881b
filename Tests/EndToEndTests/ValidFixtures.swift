import Foundation
import Support

/// The inputs of fixtures/valid.
enum ValidFixtures {
  /// The file with the keys `$ref` and `$id`. The stand-in moves these to the front of their object, and does not treat
  /// such an object as one, so that its record is then not the one that was imported (SS063).
  private static let references = "keys.json"
  static let folder = Checkout.root.appending(path: "fixtures/valid").path

  /// The files and folders that the server of the tests stores unchanged: on MongoDB, all.
  static func stored() throws -> [String] {
    guard try ServerIdentity.shared.isStandIn else { return [folder] }
    let folders = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasSuffix(".json") }
    return try folders.sorted().flatMap { name in
      name == "hostile"
        ? try FileManager.default.contentsOfDirectory(atPath: folder + "/hostile").sorted()
          .filter { $0 != references }.map { "\(folder)/hostile/\($0)" }
        : ["\(folder)/\(name)"]
    }
  }
}
