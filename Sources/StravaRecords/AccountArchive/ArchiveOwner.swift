import SourceText

/// What an account archive says about the athlete to whom it belongs. The rows of `activities.csv` do not say it.
public enum ArchiveOwner {
  private static let prefix = "export_"

  /// Returns the ids of the athletes in the names of archives and folders, such as `export_12345678.zip` and
  /// `export_12345678 (1).zip`.
  ///
  /// - Parameter path: the path of a file, with the archives in which it is.
  public static func athletes(inPath path: String) -> [Int64] {
    path.split(separator: "/").compactMap { step in
      guard step.lowercased().hasPrefix(prefix) else { return nil }
      let digits = step.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber }
      // Browsers and file managers add a number or a word to the name of another copy.
      if let next = step.dropFirst(prefix.count + digits.count).first, !" .-_(".contains(next) { return nil }
      return Int64(digits).flatMap { $0 > 0 ? $0 : nil }
    }
  }

  /// Returns the id of the athlete in a `profile.csv`; nil if it has none, as in files before 2020.
  public static func athlete(inProfile text: [UInt8]) -> Int64? {
    text.withUnsafeBytes { text in
      var reader = CSVReader(text: text)
      guard reader.next() else { return nil }
      // The label depends on the language. In all of them the id is the first column.
      let column = reader.texts.firstIndex { ArchiveHeader.normalized($0) == "Athlete ID" } ?? 0
      guard reader.next() else { return nil }
      return Int64(reader.text(column)).flatMap { $0 > 0 ? $0 : nil }
    }
  }
}
