import BSON
import Findings

/// A row of `activities.csv` from the account archive, as a record like those of the API.
///
/// The result has only what the row says: no local start, time zone or coordinates.
public struct ArchiveRow {
  /// What is wrong with the cells. The pointers lead to the cells from the object that contains them.
  public private(set) var findings: [Finding] = []
  /// The column from which each field was read, by the key of the field.
  private(set) var columns: [String: String] = [:]

  private static let table = KeyTable(ArchiveField.columnNames)

  /// Returns the column from which a field was read, or would have been read.
  func column(of key: String) -> String {
    columns[key] ?? ArchiveField.all.first { $0.key == key }?.columns[0] ?? key
  }

  private let language: ArchiveLanguage?
  private let isDistanceInMeters: Bool
  /// The cells, by the indexes of their columns in `ArchiveField.columnNames`.
  private let cells: [String?]

  /// Reads a row.
  ///
  /// - Parameters:
  ///   - row: an object of texts under the names of `ArchiveHeader`.
  ///   - language: the language of the file, as `ArchiveHeader` names it.
  ///   - out: gets the elements of the record.
  public init(_ row: BSONView, language name: String, to out: inout BSONWriter) {
    let language = ArchiveLanguage.named(name)
    var cells = [String?](repeating: nil, count: ArchiveField.columnNames.count)
    var findings: [Finding] = []
    for element in row {
      guard let text = element.value.text else {
        let message = "expected the text of a cell"
        findings.append(Finding(.wrongType, message, severity: .error, pointer: "/" + element.keyText.pointerStep))
        continue
      }
      if element.hasKey("Filename"), text.elementsEqual("#error#".utf8) {
        let message = "Strava could not put the file of this activity into the archive; the row is kept"
        findings.append(Finding(.lostOriginal, message, pointer: "/Filename"))
      }
      guard let index = Self.table.index(of: element), !text.isEmpty else { continue }
      cells[index] = String(decoding: text, as: UTF8.self)
    }
    let sport = Self.table.index(of: "Activity Type").flatMap { cells[$0] }.map { Self.type($0, language) }
    self.cells = cells
    self.language = language
    self.findings = findings
    isDistanceInMeters =
      name == ArchiveLanguage.beforeLabels || sport == "Swim" || sport == "Rowing" || sport == "VirtualRow"
    var index = 0
    var hasGear = false
    for field in ArchiveField.all {
      defer { index += field.columns.count }
      guard let place = field.columns.indices.first(where: { cells[index + $0] != nil }),
        let cell = cells[index + place]
      else { continue }
      if case .gear = field.form {
        if hasGear { continue }
        hasGear = true
      }
      columns[field.key] = field.columns[place]
      append(field, cell, of: field.columns[place], language: name, to: &out)
    }
  }

  private static func type(_ word: String, _ language: ArchiveLanguage?) -> String {
    let key = ArchiveHeader.normalized(word).lowercased()
    return language?.types[key] ?? ArchiveLanguage.types[key] ?? word
  }

  private mutating func append(
    _ field: ArchiveField, _ cell: String, of column: String, language name: String, to out: inout BSONWriter
  ) {
    switch field.form {
    case .identifier: out.append(name: field.key, Int64(cell).map { .int64($0) } ?? .string(cell))
    case .text: out.append(name: field.key, .string(cell))
    case .sport: out.append(name: field.key, .string(Self.type(cell, language)))
    case .start:
      guard let date = ArchiveDate(cell, language: name) else {
        return report(.badDate, "expected a date in the form of the language `\(name)`", column)
      }
      out.append(name: field.key, .string(date.text))
    case .flag, .fromFile:
      guard let flag = Self.flag(cell) else { return report(.wrongType, "expected true, false or a number", column) }
      let isContrary = if case .fromFile = field.form { true } else { false }
      out.append(name: field.key, .bool(flag != isContrary))
    case .gear(let letter):
      guard let number = Self.number(cell).flatMap(Int64.init(exactly:)) else {
        return report(.wrongType, "expected the number of a bike or a shoe", column)
      }
      out.append(name: field.key, .string("\(letter)\(number)"))
    case .distance where column == "Distance":
      guard let distance = localDistance(cell) else { return report(.wrongType, "expected a distance", column) }
      out.append(name: field.key, .double(distance))
    case .number, .measurement, .joules, .wholeNumber, .distance:
      guard let number = Self.number(cell) else {
        return report(.wrongType, "expected a number with a decimal point", column)
      }
      append(number, field, to: &out)
    }
  }

  private func append(_ number: Double, _ field: ArchiveField, to out: inout BSONWriter) {
    switch field.form {
    case .measurement where number == 0: break
    case .joules where number == 0: break
    case .joules: out.append(name: field.key, .double(number / 1000))
    case .wholeNumber:
      // A value that is not whole, or too large, is reported by the check of the record.
      out.append(name: field.key, Int32(exactly: number).map { .int32($0) } ?? .double(number))
    default: out.append(name: field.key, .double(number))
    }
  }

  private mutating func report(_ rule: Rule, _ message: String, _ column: String) {
    findings.append(Finding(rule, message, severity: .error, pointer: "/" + column.pointerStep))
  }

  // MARK: Values

  /// Returns a number with a decimal point. Files before 2025 have the decimals of the nearest 32-bit numbers, such as
  /// 6.300000190734863 for 6.3.
  static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ $0 &- 48 <= 9 || "+-.eE".utf8.contains($0) }), let value = Double(text),
      value.isFinite
    else { return nil }
    guard text.utf8.count > 8, Double(Float(value)) == value else { return value }
    return Double("\(Float(value))")
  }

  private static func flag(_ text: String) -> Bool? {
    switch text {
    case "true": true
    case "false": false
    default: number(text).map { $0 != 0 }
    }
  }

  /// Returns the first Distance of a row in meters: kilometers with the decimal separator of the language; meters
  /// without decimals, in groups of three digits, for swims and rowing.
  private func localDistance(_ text: String) -> Double? {
    let decimal: Character = language?.hasDecimalComma == true ? "," : "."
    if isDistanceInMeters, language?.name != ArchiveLanguage.beforeLabels {
      let digits = text.filter { !Self.groupSeparators.contains($0) }
      return digits.allSatisfy(\.isNumber) ? Self.number(digits) : nil
    }
    let plain = text.filter { $0 == decimal || !Self.groupSeparators.contains($0) }
    guard let number = Self.number(decimal == "," ? plain.replacing(",", with: ".") : plain) else { return nil }
    // Kilometers with two decimals are whole tens of meters.
    return isDistanceInMeters ? number : (number * 100_000).rounded() / 100
  }

  private static let groupSeparators: Set<Character> = [".", ",", " ", "'", "\u{A0}", "\u{202F}", "\u{2019}"]
}
