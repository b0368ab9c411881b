import BSON
import Findings
import SourceText

/// A check of one record against its schema.
struct RecordCheck {
  let kind: RecordKind
  private let rules: RuleSettings
  /// The output for the positions of the fields, by their index in the schema.
  private let numberedFields: NumberedFields
  var notes: NoteCounts
  private(set) var findings: [Finding] = []
  private(set) var failed = false
  private(set) var unknown: [UnknownMember] = []

  init(kind: RecordKind, rules: RuleSettings, numberedFields: NumberedFields, notes: consuming NoteCounts) {
    self.kind = kind
    self.rules = rules
    self.numberedFields = numberedFields
    self.notes = notes
  }

  mutating func run(_ record: RecordMembers, _ fields: CompiledFields) {
    numberedFields.removeAll()
    var seen: UInt64 = 0
    for (element, key) in record {
      guard let index = fields.index(ofKey: key) else {
        unknownField(element, nil)
        continue
      }
      if index >= fields.checks.count || element.value.isNull { continue }
      let check = fields.checks[index]
      seen |= check.bit
      numberedFields.set(index, element.value)
      if !isRight(element.value, check, fields) { look(at: element.value, check, fields, index, within: nil) }
    }
    let missing = fields.required & ~seen
    if missing != 0 { report(missing, seen, record.object, fields) }
  }

  /// Checks an object inside the record. Nested values that the schema does not check are skipped by their length.
  private mutating func walk(_ object: BSONView, _ fields: CompiledFields, within outer: FieldPath) {
    for element in object {
      guard let index = fields.table.index(of: element) else {
        unknownField(element, outer.name)
        continue
      }
      if index >= fields.checks.count || element.value.isNull { continue }
      let check = fields.checks[index]
      if !isRight(element.value, check, fields) { look(at: element.value, check, fields, index, within: outer) }
    }
  }

  /// Returns whether a value is valid, without computing its path. All other values are checked again with their path.
  @inline(__always)
  private func isRight(_ value: BSONField, _ check: CompiledFields.Check, _ fields: CompiledFields) -> Bool {
    switch check.type {
    case .number:
      guard value.is(.double) || value.is(.int32), let number = value.number else { return false }
      return number >= check.low && number <= check.high
    case .int32:
      guard value.is(.int32), let number = value.number else { return false }
      return number >= check.low && number <= check.high
    case .text:
      if value.is(.string), check.values < 0, !check.notEmpty { return true }
      return isRightText(value, check, fields)
    case .flag: return value.is(.bool)
    case .identifier: return (value.integer ?? 0) > 0
    case .instant: return StravaDate(value)?.hadZone ?? false
    case .wallClock: return StravaDate(value) != nil
    case .coordinates: return Coordinates(value) != nil
    default: return false
    }
  }

  private func isRightText(_ value: BSONField, _ check: CompiledFields.Check, _ fields: CompiledFields) -> Bool {
    guard let text = value.text, !text.isEmpty || !check.notEmpty else { return false }
    return check.values < 0 || fields.values[check.values].index(of: text) != nil
  }

  @inline(never)
  private mutating func look(
    at value: BSONField, _ check: CompiledFields.Check, _ fields: CompiledFields, _ index: Int, within outer: FieldPath?
  ) {
    let path = FieldPath(fields: fields, index: index, outer: outer?.name)
    switch check.type {
    case .number, .int32, .unixSeconds: number(value, check, path)
    case .text: text(value, check, path)
    case .flag: wrongType(value, "true or false", path)
    case .identifier: identifier(value, path)
    case .reference: reference(value, path)
    case .instant, .wallClock: date(value, check, path)
    case .coordinates: coordinates(value, path)
    case .object:
      guard let object = value.document else { return wrongType(value, "an object", path) }
      walk(object, fields.inner[check.inner], within: path)
    }
  }

  // MARK: Values

  private mutating func number(_ value: BSONField, _ check: CompiledFields.Check, _ path: FieldPath) {
    guard let number = value.number else {
      return wrongType(value, "a number", path, hint: check.type == .unixSeconds ? secondsHint(value) : nil)
    }
    if check.type != .number {
      let isWhole = number.rounded(.towardZero) == number
      // A decimal128 of this size has decimals that a double does not show.
      if !isWhole || value.is(.decimal128) && abs(number) < 0x1p63 {
        guard check.type == .unixSeconds else { return wrongType(value, "a whole number", path) }
        warn(.fractionCut, "the time has a fraction of a second, which is removed", path)
      }
      if check.type == .int32, Int32(exactly: number) == nil {
        return error(.outOfRange, "expected a whole number that fits in 32 bits, found a larger one", path)
      }
    }
    guard number.isFinite else {
      return error(
        .outOfRange,
        "the number exceeds the range of a double; some programs write such a number, as 1e999, for infinity", path)
    }
    guard number >= check.low, number <= check.high else {
      if check.type == .unixSeconds, let unit = Self.epochUnit(number), number > check.high {
        return error(.outOfRange, "expected seconds since 1970, found a value that may be \(unit)", path)
      }
      let wanted = path.field.range?.text ?? "a number in the range of a double"
      let found = path.field.sensitivity == nil ? "\(number)" : "a number outside this range"
      return error(.outOfRange, "expected \(wanted), found \(found)", path)
    }
  }

  /// Returns a hint about a text in a field for seconds since 1970; nil if the text has no known form.
  private func secondsHint(_ value: BSONField) -> String? {
    guard let text = value.text else { return nil }
    if let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite {
      return ", which may be \(Self.epochUnit(number) ?? "a number"): write it without quotation marks, in seconds"
    }
    return StravaDate(value) == nil ? nil : ", which may be a date: write it in seconds since 1970"
  }

  private mutating func text(_ value: BSONField, _ check: CompiledFields.Check, _ path: FieldPath) {
    guard let text = value.text else { return wrongType(value, "a string", path) }
    if check.notEmpty, text.isEmpty { return error(.missing, "the value must not be empty", path) }
    guard check.values >= 0, path.fields.values[check.values].index(of: text) == nil else { return }
    let shown = path.field.namesUnknownValues ? String(decoding: text, as: UTF8.self) : nil
    note(.unknownValue, path, value: shown, "unknown value\(shown.map { " \"\($0)\"" } ?? "")")
  }

  private mutating func identifier(_ value: BSONField, _ path: FieldPath) {
    guard value.number != nil || value.is(.string) else { return wrongType(value, "an id (a whole number)", path) }
    guard let id = StravaID(value) else {
      return error(
        .badIdentifier, "expected an id (a whole number from 1 to 2^63 − 1), found \(value.jsonType)", path)
    }
    if id.wasResaved { resaved(value, path) }
  }

  private mutating func reference(_ value: BSONField, _ path: FieldPath) {
    guard value.number != nil || value.is(.string) else { return wrongType(value, "an id", path) }
    guard let reference = RecordReference(value) else {
      return error(
        .badIdentifier, "expected a document id (24 hexadecimal digits) or a Strava id, found \(value.jsonType)", path)
    }
    if case .strava(let id) = reference, id.wasResaved, !value.is(.string) { resaved(value, path) }
  }

  private mutating func resaved(_ value: BSONField, _ path: FieldPath) {
    warn(.resavedIdentifier, "the id is \(value.jsonType); the program that wrote it may have changed digits", path)
  }

  private mutating func date(_ value: BSONField, _ check: CompiledFields.Check, _ path: FieldPath) {
    guard value.is(.string) else {
      let unit = value.number.flatMap(Self.epochUnit)
      return wrongType(
        value, "a date as a string", path, hint: unit.map { ", which may be \($0); \(Self.exampleDate)" })
    }
    guard let date = StravaDate(value) else {
      let unit = value.text.flatMap { Double(String(decoding: $0, as: UTF8.self)) }.flatMap(Self.epochUnit)
      let hint = unit.map { " (it may be \($0))" } ?? ""
      return error(.badDate, "invalid date\(hint); \(Self.exampleDate)", path)
    }
    if !date.hadZone, check.type == .instant {
      warn(.dateWithoutZone, "the date has no time zone and is read as UTC", path)
    }
  }

  private static let exampleDate = "write dates as 2024-05-01T06:30:00Z"

  /// Returns the unit of a number in a date field if the number is a time in the years 1973 to 5138.
  private static func epochUnit(_ number: Double) -> String? {
    switch abs(number) {
    case 1e8..<1e11: "seconds since 1970"
    case 1e11..<1e14: "milliseconds since 1970"
    case 1e14..<1e17: "microseconds since 1970"
    default: nil
    }
  }

  private mutating func coordinates(_ value: BSONField, _ path: FieldPath) {
    guard value.is(.array) else { return wrongType(value, "an array of two numbers", path) }
    if Coordinates(value) == nil {
      error(.badCoordinate, "expected [latitude, longitude] in degrees (−90 to 90, −180 to 180), or []", path)
    }
  }

  // MARK: Whole records

  @inline(never)
  private mutating func report(_ missing: UInt64, _ seen: UInt64, _ record: BSONView, _ fields: CompiledFields) {
    for (index, check) in fields.checks.enumerated() where missing & check.bit != 0 {
      let field = fields.fields[index]
      let path = FieldPath(fields: fields, index: index, outer: nil)
      let sources = field.derivedFrom.reduce(0) { $0 | fields.bit(of: $1) }
      if sources == 0 {
        error(.missing, "the required field is missing", path)
      } else if seen & sources != sources {
        error(
          .missing,
          "the required field is missing; it can be computed from \(field.derivedFrom.joined(separator: " and "))",
          path)
      } else if let offset = record["utc_offset"]?.number, abs(offset) > Activity.widestOffset {
        error(.outOfRange, "expected an offset of at most one day, from which the start is computed", path)
      } else {
        note(.onlyLocalStart, path, value: nil, "the start is computed from start_date_local and utc_offset")
      }
    }
  }

  @inline(never)
  private mutating func unknownField(_ element: BSONElement, _ outer: String?) {
    if element.value.is(.document) || element.value.is(.array) {
      unknown.append(UnknownMember(element: element, outer: outer))
    }
    let key = element.keyText
    let pointer = (outer.map { "/\($0)" } ?? "") + "/" + key.pointerStep
    note(
      .unknownField, (outer.map { $0 + "." } ?? "") + key, pointer, value: nil, "unknown field")
  }

  // MARK: Findings

  /// A field of the schema, and the object that contains it.
  private struct FieldPath {
    let fields: CompiledFields
    let index: Int
    let outer: String?

    var field: FieldSchema { fields.fields[index] }
    private var key: String { field.key ?? "" }
    var name: String { outer.map { $0 + "." + key } ?? key }
    var pointer: String { (outer.map { "/" + $0.pointerStep } ?? "") + "/" + key.pointerStep }
  }

  private mutating func wrongType(_ value: BSONField, _ wanted: String, _ path: FieldPath, hint: String? = nil) {
    error(.wrongType, "expected \(wanted), found \(value.jsonType)\(hint ?? "")", path)
  }
  private mutating func error(_ rule: Rule, _ message: String, _ path: FieldPath) {
    add(Finding(rule, message, severity: .error, pointer: path.pointer))
  }
  private mutating func warn(_ rule: Rule, _ message: String, _ path: FieldPath) {
    add(Finding(rule, message, severity: .warning, pointer: path.pointer))
  }
  private mutating func note(_ rule: Rule, _ path: FieldPath, value: String?, _ message: String) {
    note(rule, path.name, path.pointer, value: value, message)
  }
  /// Counts a note. If the rule has a higher severity than note, adds a finding instead.
  private mutating func note(_ rule: Rule, _ field: String, _ pointer: String, value: String?, _ message: String) {
    guard let severity = rules.severity(of: rule) else { return }
    if severity == .note {
      notes.add(rule, kind, field: field, value: value, at: pointer)
    } else {
      add(Finding(rule, message, severity: severity, pointer: pointer))
    }
  }
  private mutating func add(_ finding: Finding) {
    if finding.severity == .error { failed = true }
    findings.append(finding)
  }
}

extension BSONField {
  /// The JSON type of the value, with its article.
  var jsonType: String {
    switch BSONType(rawValue: type) {
    case .string: "a string"
    case .bool: "a boolean"
    case .null: "null"
    case .document: "an object"
    case .array: "an array"
    case .double: "a floating-point number"
    case .decimal128: "a number with too many digits"
    default: "a number"
    }
  }
}
