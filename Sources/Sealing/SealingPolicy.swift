import StravaRecords

/// Which classes are sealed. Secrets and identity always are; location and health where they are asked for, since
/// analytics reads them.
package struct SealingPolicy: Sendable, Equatable {
  package let classes: SensitivityClasses

  package static let standard = SealingPolicy(classes: [.secret, .identity])

  init(classes: SensitivityClasses) { self.classes = classes }

  /// The standard policy and these classes besides.
  package init(alsoSealing extra: [SensitivityClass]) {
    self.init(classes: extra.reduce(into: Self.standard.classes) { $0.insert(SensitivityClasses($1)) })
  }

  /// From the names of the classes; nil where one is unknown, or one that is always sealed is missing.
  init?(names: [String]) {
    var classes: SensitivityClasses = []
    for name in names {
      guard let member = SensitivityClass.allCases.first(where: { $0.name == name }) else { return nil }
      classes.insert(SensitivityClasses(member))
    }
    guard classes.isSuperset(of: Self.standard.classes) else { return nil }
    self.classes = classes
  }

  /// In the order of the classes.
  package var names: [String] {
    SensitivityClass.allCases.filter { classes.contains(SensitivityClasses($0)) }.map(\.name)
  }
}
