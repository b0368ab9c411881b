import BSON

/// Records in MongoDB's Extended JSON, as `mongoexport` and drivers write them. They are read as the values that they
/// represent.
///
/// Such a record is recognized if its `id`, or two of its start, distance and times, are objects with one member such
/// as `$numberLong`. Everywhere else, such objects are unchanged.
public enum ExtendedRecords {
  /// The keys of objects that represent a value.
  private static let types = ["$oid", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$date"].map {
    Array($0.utf8)
  }

  /// Returns whether a key indicates that a document may contain such records.
  public static func isMark(_ key: UnsafeRawBufferPointer) -> Bool {
    key.first == UInt8(ascii: "$") && types.contains { key.elementsEqual($0) }
  }

  /// Copies a document with the values that its records represent. The `_id` of a record is omitted, because it belongs
  /// to the wrapper that an export adds.
  ///
  /// - Returns: the JSON Pointers of the records. If there are no such records, the array is empty and nothing is
  ///   copied.
  public static func rewrite(_ document: BSONView, into out: inout BSONWriter) -> [String] {
    guard holdsRecord(document) else { return [] }
    var rewriting = Rewriting()
    out.out.count = 0
    let start = out.begin()
    rewriting.copy(document, to: &out)
    out.end(start)
    return rewriting.records
  }

  private static func holdsRecord(_ view: BSONView) -> Bool {
    if isRecord(view) { return true }
    return view.contains { element in
      (element.value.document ?? element.value.array).map(holdsRecord) ?? false
    }
  }

  fileprivate static func isRecord(_ view: BSONView) -> Bool {
    var marks = 0
    for element in view where value(element.value) != nil {
      if element.hasKey("id") { return true }
      if ["start_date", "start_date_local", "distance", "moving_time", "elapsed_time"].contains(element.keyText) {
        marks += 1
      }
    }
    return marks >= 2
  }

  /// Returns the value that an object represents; nil for other objects.
  fileprivate static func value(_ field: BSONField) -> BSONValue? {
    guard let object = field.document else { return nil }
    var members = object.makeIterator()
    guard let only = members.next(), members.next() == nil, isMark(only.key) else { return nil }
    if only.hasKey("$date") { return date(only.value).map { .string($0) } }
    guard let text = only.value.text.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
    if only.hasKey("$oid") { return ObjectID(hex: text) == nil ? nil : .string(text) }
    if only.hasKey("$numberDouble") { return Double(text).flatMap { $0.isFinite ? .double($0) : nil } }
    if only.hasKey("$numberDecimal") { return decimal(text) }
    return Int64(text).map(whole)
  }

  private static func whole(_ number: Int64) -> BSONValue {
    Int32(exactly: number).map { .int32($0) } ?? .int64(number)
  }

  /// Returns ISO text unchanged, or the ISO text of a number of milliseconds since 1970.
  private static func date(_ value: BSONField) -> String? {
    if let text = value.text { return String(decoding: text, as: UTF8.self) }
    if let number = value.integer { return BSONDate(milliseconds: number).iso8601 }
    guard let inner = Self.value(value) else { return nil }
    switch inner {
    case .int32(let number): return BSONDate(milliseconds: Int64(number)).iso8601
    case .int64(let number): return BSONDate(milliseconds: number).iso8601
    default: return nil
    }
  }

  /// Returns a number in the type that JSON text with the same digits has.
  private static func decimal(_ text: String) -> BSONValue? {
    if let number = Int64(text) { return whole(number) }
    guard let parts = DecimalText(text) else { return nil }
    if let double = Double(text), double.isFinite, DecimalText(double.description) == parts { return .double(double) }
    return Decimal128(negative: parts.isNegative, coefficient: parts.digits, exponent: parts.exponent).map {
      .decimal128($0)
    }
  }
}

/// A decimal number without trailing zeros.
private struct DecimalText: Equatable {
  let isNegative: Bool
  let digits: UInt128
  let exponent: Int

  init?(_ text: String) {
    var rest = text[...]
    isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest.removeFirst() }
    let halves = rest.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let parts = halves[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1] : ""
    let all = parts[0] + fraction
    guard !all.isEmpty, all.utf8.allSatisfy({ 48...57 ~= $0 }), let number = UInt128(all),
      let power = halves.count > 1 ? Int(halves[1]) : 0, abs(power) < 10_000
    else { return nil }
    var (digits, exponent) = (number, power - fraction.utf8.count)
    while digits > 0, digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    self.digits = digits
    self.exponent = digits == 0 ? 0 : exponent
  }
}

private struct Rewriting {
  private(set) var records: [String] = []
  private var path = PointerPath()
  /// The number of records that enclose the current element.
  private var depth = 0

  /// Copies the elements of an object or an array.
  mutating func copy(_ view: BSONView, to out: inout BSONWriter) {
    let isRecord = depth == 0 && ExtendedRecords.isRecord(view)
    if isRecord {
      records.append(path.text)
      depth += 1
    }
    for element in view {
      if isRecord, element.hasKey("_id") { continue }
      if depth > 0, let value = ExtendedRecords.value(element.value) {
        out.append(name: element.keyText, value)
      } else if element.value.is(.document) || element.value.is(.array) {
        path.push(element)
        let start = out.begin(copyingHeaderOf: element)
        copy(BSONView(element.value.base), to: &out)
        out.end(start)
        path.pop()
      } else {
        out.append(element)
      }
    }
    if isRecord { depth -= 1 }
  }
}
