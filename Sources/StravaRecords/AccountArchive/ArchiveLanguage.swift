/// The labels and words of one language in `activities.csv`.
struct ArchiveLanguage: Sendable {
  let name: String
  /// The columns that have a label, by their numbers in `ArchiveColumn`, in ascending order.
  let columns: [String: [Int]]
  /// The API's types by the words for them, with the words in lower case.
  let types: [String: String]

  static let all: [ArchiveLanguage] = ArchiveTables.languages.map(ArchiveLanguage.init) + [snakeCase]
  static let english: ArchiveLanguage = ArchiveLanguage(ArchiveTables.languages[0])

  /// The form of files before July 2019: English keys instead of labels, and distances in meters.
  static let beforeLabels = "en-2018"

  /// The words of all languages. A word has the same meaning in each language that has it.
  static let types = all.reduce(into: [String: String]()) { $0.merge($1.types) { first, _ in first } }

  private static let snakeCase: ArchiveLanguage = ArchiveLanguage(
    name: beforeLabels, columns: aliases(ArchiveTables.snakeCase), types: english.types)

  static func named(_ name: some StringProtocol) -> ArchiveLanguage? { all.first { $0.name == name } }

  private init(name: String, columns: [String: [Int]], types: [String: String]) {
    self.name = name
    self.columns = columns
    self.types = types
  }

  private init(_ table: (name: String, labels: String, aliases: String, types: String)) {
    name = table.name
    var columns = Self.aliases(table.aliases)
    for (number, label) in Self.items(table.labels).enumerated() where !label.isEmpty {
      columns[ArchiveHeader.normalized(label), default: []].append(number)
    }
    self.columns = columns
    types = Dictionary(
      Self.pairs(table.types).map { ($0.lowercased(), $1) }, uniquingKeysWith: { first, _ in first })
  }

  static func items(_ text: String) -> [String] {
    text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
  }

  /// Returns the pairs of a text in which items and their meanings alternate.
  static func pairs(_ text: String) -> [(String, String)] {
    let items = items(text)
    return stride(from: 0, to: items.count - 1, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  private static func aliases(_ text: String) -> [String: [Int]] {
    Dictionary(
      pairs(text).map { label, english in
        (ArchiveHeader.normalized(label), ArchiveColumn.labels.indices.filter { ArchiveColumn.labels[$0] == english })
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the decimal separator in the first Distance is a comma.
  var hasDecimalComma: Bool { ["de", "fr", "nl", "ru", "it"].contains(name) }
}

/// The columns of `activities.csv`.
enum ArchiveColumn {
  /// The English labels in the order of the newest known version. Five labels occur twice.
  static let labels = ArchiveLanguage.items(ArchiveTables.columns)

  /// The names under which cells are kept: the labels, with `(2)` added to the second occurrence of a label.
  static let names = labels.indices.map { number in
    name(labels[number], occurrence: labels[..<number].count { $0 == labels[number] } + 1)
  }

  /// The columns whose class their own name does not show, in the form in which keys are compared. Each has the class of
  /// the field of the API that it fills. `Average Heart Rate` and `Athlete Weight`, for example, are other spellings of
  /// such a field.
  static let classed: [(SensitivityClass, String)] = [
    (.identity, "activityprivatenote"), (.health, "maxheartrate(2)"), (.health, "relativeeffort"),
    (.health, "relativeeffort(2)"), (.health, "perceivedrelativeeffort"),
  ]

  static func name(_ label: String, occurrence: Int) -> String { occurrence == 1 ? label : "\(label) (\(occurrence))" }
}
