import StravaRecords

/// The set of classes that are sealed. Secrets and identity always are; location and health are sealed only on request,
/// because analytics reads them.
package struct SealingPolicy: Sendable, Equatable {
  package let classes: SensitivityClasses

  package static let standard = SealingPolicy(classes: [.secret, .identity])

  init(classes: SensitivityClasses) { self.classes = classes }

  /// Creates the standard policy with these additional classes.
  package init(alsoSealing extra: [SensitivityClass]) {
    self.init(classes: extra.reduce(into: Self.standard.classes) { $0.insert(SensitivityClasses($1)) })
  }

  /// Creates a policy from the names of the classes; nil if a name is unknown, or if a class that is always sealed is
  /// missing.
  init?(names: [String]) {
    var classes: SensitivityClasses = []
    for name in names {
      guard let member = SensitivityClass.allCases.first(where: { $0.name == name }) else { return nil }
      classes.insert(SensitivityClasses(member))
    }
    guard classes.isSuperset(of: Self.standard.classes) else { return nil }
    self.classes = classes
  }

  /// The names in the order of the classes.
  package var names: [String] {
    SensitivityClass.allCases.filter { classes.contains(SensitivityClasses($0)) }.map(\.name)
  }
}
