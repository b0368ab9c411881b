import ArgumentParser
import Sealing
import StravaRecords

/// The option that names the classes to seal.
struct SealOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Classes to seal (encrypt) besides secret and identity: location, health.",
      discussion: "Separate them by a comma. Default: the classes that are recorded in the database.",
      valueName: "classes"),
    transform: SealOption.policy)
  var seal: SealingPolicy?

  private static func policy(_ names: String) throws -> SealingPolicy {
    SealingPolicy(alsoSealing: try SensitivityClass.list(option: names))
  }
}

extension SensitivityClass {
  /// Parses a list of names, separated by commas.
  static func list(option names: String) throws -> [SensitivityClass] {
    try names.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let member = allCases.first(where: { $0.name == name }) else {
        let known = allCases.map(\.name).joined(separator: ", ")
        throw ValidationError("unknown class '\(name)'; the classes are \(known)")
      }
      return member
    }
  }
}
