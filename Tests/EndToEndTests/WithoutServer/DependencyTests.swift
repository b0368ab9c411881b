import Foundation
import Support
import Testing

/// docs/dependencies.md is complete: the program links nothing that is not listed there.
@Suite(.waiting) struct DependencyTests {
  private func script(_ arguments: String...) throws -> Outcome {
    try Command(
      try Checkout.inVenv("python"), [Checkout.root.appending(path: "scripts/dependencies.py").path] + arguments
    ).run()
  }

  @Test func theListIsWhatTheProgramIsMadeOf() throws {
    let result = try script("check", StravaStore.path)
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  @Test func anotherListOfPackagesOrLibrariesIsReported() throws {
    let folder = try TemporaryFolder()
    let pins = ["swift-log", "swift-nio"].map { #"{"identity": "\#($0)", "state": {"version": "9"}}"# }
    let resolved = try folder.write(#"{"pins": [\#(pins.joined(separator: ","))]}"#, to: "Package.resolved")
    let packages = try script("check", StravaStore.path, resolved)
    #expect(packages.exitCode == 1)
    #expect(
      packages.errors.split(separator: "\n") == [
        "dependencies.md: Swift package is not listed: swift-nio",
        "dependencies.md: listed Swift package is not used: swift-algorithms",
        "dependencies.md: listed Swift package is not used: swift-argument-parser",
        "dependencies.md: listed Swift package is not used: swift-numerics",
        "dependencies.md: listed Swift package is not used: swift-system",
      ])
    let libraries = try script("check", Checkout.inVenv("python"))
    #expect(libraries.exitCode == 1)
    #expect(libraries.errors.contains("listed library is not loaded: libsodium"))
  }

  /// The script validates the file before it writes it.
  @Test func theBillOfMaterialsHasAllOfIt() throws {
    struct Bill: Decodable {
      struct Component: Decodable {
        let name: String
        let version: String
        let purl: String
      }
      let bomFormat: String
      let components: [Component]
    }
    let folder = try TemporaryFolder()
    let result = try script("sbom", StravaStore.path, folder.path("sbom.json"))
    #expect(result.exitCode == 0, "\(result.errors)")
    let bill = try JSONDecoder().decode(Bill.self, from: Data(folder.read("sbom.json")))
    #expect(bill.bomFormat == "CycloneDX")
    let names = Set(bill.components.map(\.name))
    #expect(
      names.isSuperset(of: [
        "swift-algorithms", "swift-argument-parser", "swift-log", "swift-system", "swift", "libmongoc-1.0-0",
        "libsodium23",
      ]))
    #expect(bill.components.allSatisfy { !$0.version.isEmpty && $0.purl.hasPrefix("pkg:") })
  }
}
