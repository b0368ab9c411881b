import ArgumentParser

/// A value of an option that accepts one of a few words.
public protocol WordArgument: ExpressibleByArgument, CaseIterable, RawRepresentable<String> {}

extension WordArgument {
  // The parser can also do this, but it then describes each word by casts at run time, once for every option and every
  // time that it lists a command's options.
  public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}
