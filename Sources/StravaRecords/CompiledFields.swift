import BSON

/// The fields of a schema in a form for fast checks, with one look-up per key and without strings.
final class CompiledFields: Sendable {
  /// The requirements on a field of the input. The type is small and plain, because one is read for every key of every
  /// record.
  struct Check {
    var type: FieldType
    var low: Double
    var high: Double
    /// The bit of the field in the mask of fields that were seen.
    var bit: UInt64
    /// The index of the known values of the field; −1 if any value is accepted.
    var values = -1
    /// The index of the inner fields; −1 if the field has none.
    var inner = -1
    var notEmpty: Bool
  }

  /// The checked fields, followed by the keys that are not read.
  let table: KeyTable
  let checks: [Check]
  let fields: [FieldSchema]
  let required: UInt64
  let values: [KeyTable]
  let inner: [CompiledFields]
  /// The index in the table of each key, by the number of the key in `RecordKeys`; `noIndex` for keys that are not in
  /// the table.
  private let indexes: [UInt8]
  private static let noIndex = UInt8.max

  convenience init(_ schema: RecordSchema) { self.init(schema.fields, other: schema.otherKeys + schema.flatOwnerKeys) }

  private init(_ all: [FieldSchema], other: [String]) {
    let fields = all.filter { $0.key != nil }
    precondition(fields.count <= 64, "one bit a field")
    let names = fields.compactMap(\.key)
    let keys = names + Set(other).subtracting(names).sorted()
    precondition(keys.count < Self.noIndex, "one byte an index")
    table = KeyTable(keys)
    var indexes = Array(repeating: Self.noIndex, count: RecordKeys.shared.count + 1)
    for (index, key) in keys.enumerated() { indexes[RecordKeys.shared.number(of: key)] = UInt8(index) }
    indexes[RecordKeys.unknown] = Self.noIndex
    self.indexes = indexes
    var checks: [Check] = []
    var required: UInt64 = 0
    var values: [KeyTable] = []
    var inner: [CompiledFields] = []
    for (index, field) in fields.enumerated() {
      guard let type = field.type else { preconditionFailure("a field of the input has a type") }
      let finite = Double.greatestFiniteMagnitude
      var check = Check(
        type: type, low: field.range?.low ?? -finite, high: field.range?.high ?? finite, bit: 1 << UInt64(index),
        notEmpty: field.notEmpty)
      if !field.knownValues.isEmpty {
        check.values = values.count
        values.append(KeyTable(field.knownValues))
      }
      if field.type == .object {
        check.inner = inner.count
        inner.append(CompiledFields(field.fields, other: field.otherKeys))
      }
      checks.append(check)
      if field.required { required |= check.bit }
    }
    self.fields = fields
    self.checks = checks
    self.required = required
    self.values = values
    self.inner = inner
  }

  /// Returns the index of a key in the table, by its number in `RecordKeys`.
  @inline(__always)
  func index(ofKey number: Int) -> Int? {
    let index = indexes[number]
    return index == Self.noIndex ? nil : Int(index)
  }

  /// Returns the numbers of these keys, which must all be checked fields.
  func numbers(of keys: [String]) -> [UInt8] {
    keys.map { key in
      guard let index = table.index(of: key), index < checks.count else { preconditionFailure("\(key) is not checked") }
      return UInt8(index)
    }
  }

  func bit(of key: String) -> UInt64 { table.index(of: key).map { checks[$0].bit } ?? 0 }
}

/// The compiled schemas of the stored kinds. Each is compiled when the first record of its kind is read. Each reader
/// has its own schemas, because threads that retain and release the same object delay each other.
struct CompiledSchemas {
  private lazy var activity = CompiledFields(.activity)
  private lazy var athlete = CompiledFields(.athlete)
  private lazy var token = CompiledFields(.token)
  private lazy var athleteZones = CompiledFields(.athleteZones)
  private lazy var insight = CompiledFields(.insight)
  /// The number of the map among the fields of an activity.
  private(set) lazy var activityMap = Int(activity.numbers(of: ["map"])[0])
  /// The numbers, among the fields of an activity, of the activity's coding keys.
  private(set) lazy var activityNumbers = activity.numbers(of: Activity.CodingKeys.allCases.map(\.stringValue))

  mutating func fields(of kind: RecordKind) -> CompiledFields? {
    switch kind {
    case .activity, .exportRow: activity
    case .athlete: athlete
    case .token: token
    case .athleteZones: athleteZones
    case .insight: insight
    default: nil
    }
  }
}
