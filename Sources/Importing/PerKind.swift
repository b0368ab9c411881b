import StravaRecords

/// A value for each kind of record. It is used for every record, so it is an array without hashing.
struct PerKind<Value> {
  private var values: [Value]

  init(_ value: (RecordKind) -> Value) { values = RecordKind.allCases.map(value) }

  subscript(kind: RecordKind) -> Value {
    get { values[kind.number] }
    _modify { yield &values[kind.number] }
  }
}

extension PerKind: Sendable where Value: Sendable {}

extension RecordKind {
  /// The index among all cases. For an enumeration without payloads, the raw memory value is the number of the case.
  fileprivate var number: Int { withUnsafeBytes(of: self) { Int($0[0]) } }
}
