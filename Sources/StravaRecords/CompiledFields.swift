import BSON

/// A schema's fields made ready for checking: one look-up a key, no text in sight.
final class CompiledFields: Sendable {
  /// What a field of the input must be like. Plain bits, since one is read for every key of every record.
  struct Check {
    var type: FieldType
    var low: Double
    var high: Double
    /// Its bit in the mask of fields seen.
    var bit: UInt64
    /// Place of its known values; −1 where any is as good.
    var values = -1
    /// Place of its inner fields; −1 where it has none.
    var inner = -1
    var notEmpty: Bool
  }

  /// The checked fields first, then the keys that nothing reads.
  let table: KeyTable
  let checks: [Check]
  let fields: [FieldSchema]
  let required: UInt64
  let values: [KeyTable]
  let inner: [CompiledFields]
  /// For each key by its number among `RecordKeys` its index in the table; `noIndex` for those that are not there.
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

  /// The index of a key in the table, by its number among `RecordKeys`.
  @inline(__always)
  func index(ofKey number: Int) -> Int? {
    let index = indexes[number]
    return index == Self.noIndex ? nil : Int(index)
  }

  /// The numbers of these keys, which all are checked.
  func numbers(of keys: [String]) -> [UInt8] {
    keys.map { key in
      guard let index = table.index(of: key), index < checks.count else { preconditionFailure("\(key) is not checked") }
      return UInt8(index)
    }
  }

  func bit(of key: String) -> UInt64 { table.index(of: key).map { checks[$0].bit } ?? 0 }
}

/// The schemas of the kinds that are stored, each made ready when the first record of its kind comes. Each reader has its
/// own: threads that retain and release the same object wait for each other.
struct CompiledSchemas {
  private lazy var activity = CompiledFields(.activity)
  private lazy var athlete = CompiledFields(.athlete)
  private lazy var token = CompiledFields(.token)
  private lazy var athleteZones = CompiledFields(.athleteZones)
  private lazy var insight = CompiledFields(.insight)
  /// Number of an activity's map among its fields.
  private(set) lazy var activityMap = Int(activity.numbers(of: ["map"])[0])
  /// For each of an activity's coding keys its number among the fields.
  private(set) lazy var activityNumbers = activity.numbers(of: Activity.CodingKeys.allCases.map(\.stringValue))

  mutating func fields(of kind: RecordKind) -> CompiledFields? {
    switch kind {
    case .activity: activity
    case .athlete: athlete
    case .token: token
    case .athleteZones: athleteZones
    case .insight: insight
    default: nil
    }
  }
}
