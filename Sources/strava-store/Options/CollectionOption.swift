import ArgumentParser
import StravaRecords
import Upkeep

/// The collections that a command supports.
protocol CollectionScope: SendableMetatype {
  static var names: [String] { get }
}

enum SealedCollections: CollectionScope {
  static var names: [String] { MigrationOptions.everyCollection }
}

enum DeclaredCollections: CollectionScope {
  static var names: [String] { StoredCollection.all.map(\.name) }
}

/// The option that selects some of the collections that a command supports.
struct CollectionOption<Scope: CollectionScope>: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Use only these collections, separated by commas. Repeatable.",
      discussion: "Collections: \(Scope.names.joined(separator: ", ")). Default: all of them.", valueName: "names"),
    transform: Self.list)
  var collection: [[String]] = []

  /// The earlier name of `--collection`.
  @Option(help: .hidden, transform: Self.list)
  var only: [[String]] = []

  /// Each named collection once, in the given order; nil if none is named.
  var names: [String]? {
    let given = (collection + only).flatMap(\.self)
    return given.isEmpty ? nil : given.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private static func list(_ text: String) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for name in names where !Scope.names.contains(name) {
      throw ValidationError("unknown collection '\(name)'; the collections are \(Scope.names.joined(separator: ", "))")
    }
    return names
  }
}
