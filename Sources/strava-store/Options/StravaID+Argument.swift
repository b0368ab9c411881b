import ArgumentParser
import StravaRecords

/// Parses an id from the user: a whole number above 0.
extension StravaID: ExpressibleByArgument {
  public init?(argument: String) {
    guard let value = Int64(argument) else { return nil }
    self.init(value)
  }
}
