import ArgumentParser

/// A value of an option that is one of a few words.
public protocol WordArgument: ExpressibleByArgument, CaseIterable, RawRepresentable<String> {}

extension WordArgument {
  // The parser has this too, but describes each word by casts at run time, once for every option and each time that it
  // lists a command's options.
  public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}
