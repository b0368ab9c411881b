/// The header row of `activities.csv` in the account archive: the language of the file, and what each column is.
///
/// Columns are known by their label and its n-th occurrence, because every version of the file has them at other
/// places.
public struct ArchiveHeader: Sendable, Equatable {
  /// The language of the labels, such as `de`; `en-2018` for the form of files before July 2019.
  public let language: String
  /// The name of each column: the English label, with `(2)` added to the second occurrence of a label. A label that is
  /// unknown is its own name.
  public let names: [String]
  /// The indexes of the columns with unknown labels.
  public let unknown: [Int]

  /// - Returns: nil if the labels are those of no known language.
  public init?(_ cells: [String]) {
    let labels = cells.map(Self.normalized)
    var best: (language: ArchiveLanguage, count: Int)?
    for language in ArchiveLanguage.all where Self.areActivities(labels, in: language) {
      let count = labels.count { language.columns[$0] != nil }
      if count > best?.count ?? 0 { best = (language, count) }
    }
    guard let best else { return nil }
    language = best.language.name
    (names, unknown) = Self.names(of: cells, labels, in: best.language)
  }

  /// Returns whether a text begins like the header row of `activities.csv` in a known language.
  ///
  /// - Parameter head: the first bytes of the text, or all of it.
  public static func isHeader(_ head: some Collection<UInt8>) -> Bool {
    let line = head.prefix { $0 != 0x0A && $0 != 0x0D }
    let labels = String(decoding: line, as: UTF8.self).split(separator: ",").map { label in
      normalized(label.hasPrefix("\"") ? label.dropFirst().dropLast() : label)
    }
    return ArchiveLanguage.all.contains { areActivities(labels, in: $0) }
  }

  /// The columns without which a file does not contain activities: the id and the date.
  private static let indispensable = [0, 1]

  private static func areActivities(_ labels: [String], in language: ArchiveLanguage) -> Bool {
    indispensable.allSatisfy { column in labels.contains { language.columns[$0]?.contains(column) == true } }
  }

  private static func names(
    of cells: [String], _ labels: [String], in language: ArchiveLanguage
  ) -> ([String], unknown: [Int]) {
    var names: [String] = []
    var unknown: [Int] = []
    var used: Set<String> = []
    for (index, label) in labels.enumerated() {
      // New labels are in English, or untranslated, until the language has its own.
      let columns =
        language.columns[label] ?? untranslated(cells[index]) ?? ArchiveLanguage.english.columns[label] ?? []
      if let name = columns.lazy.map({ ArchiveColumn.names[$0] }).first(where: { !used.contains($0) }) {
        names.append(name)
        used.insert(name)
        continue
      }
      let label = columns.first.map { ArchiveColumn.labels[$0] } ?? ownName(cells[index], index)
      let name = distinctName(label) { used.contains($0) }
      names.append(name)
      used.insert(name)
      unknown.append(index)
    }
    return (names, unknown)
  }

  /// Returns a label, with the number of its occurrence added where the name is used.
  public static func distinctName(_ label: String, isUsed: (String) -> Bool) -> String {
    var occurrence = 1
    while isUsed(ArchiveColumn.name(label, occurrence: occurrence)) { occurrence += 1 }
    return ArchiveColumn.name(label, occurrence: occurrence)
  }

  private static func ownName(_ cell: String, _ index: Int) -> String {
    let name = (untranslatedKey(cell).flatMap { untranslatedLabels[$0] } ?? normalized(cell)).replacing("\0", with: "")
    return name.isEmpty ? "Column \(index + 1)" : name
  }

  // MARK: Labels

  /// The English labels by the keys of untranslated ones.
  private static let untranslatedLabels = Dictionary(
    ArchiveLanguage.pairs(ArchiveTables.untranslated), uniquingKeysWith: { first, _ in first })

  /// Returns the columns of a label such as `translation missing: de.lib.….horton_values.jump_count`, which may be
  /// inside an HTML element.
  private static func untranslated(_ cell: String) -> [Int]? {
    guard let label = untranslatedKey(cell).flatMap({ untranslatedLabels[$0] }) else { return nil }
    return ArchiveLanguage.english.columns[label]
  }

  private static func untranslatedKey(_ cell: String) -> String? {
    guard cell.contains("translation"), let key = cell.firstRange(of: "horton_values.") else { return nil }
    return String(cell[key.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0 == "_") })
  }

  /// Returns a label in the form in which labels are compared.
  static func normalized(_ label: some StringProtocol) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in label.unicodeScalars {
      switch scalar {
      case "\u{2019}": scalars.append("'")
      case "\u{A0}", "\u{202F}", "\u{2009}": scalars.append(" ")
      case "\u{FEFF}": break
      default: scalars.append(scalar)
      }
    }
    let text = String(scalars)
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
  }
}
