import ArgumentParser
import StoreEngine
import StravaRecords

/// Which classes to seal.
struct SealOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Classes to seal besides secret and identity: location, health, or both with a comma. Default: as the database "
        + "was first told.", valueName: "classes"),
    transform: SealOption.policy)
  var seal: SealingPolicy?

  private static func policy(_ names: String) throws -> SealingPolicy {
    let classes = try names.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let member = SensitivityClass.allCases.first(where: { $0.name == name }) else {
        let known = SensitivityClass.allCases.map(\.name).joined(separator: ", ")
        throw ValidationError("there is no class '\(name)'; there are \(known)")
      }
      return member
    }
    return SealingPolicy(alsoSealing: classes)
  }
}
