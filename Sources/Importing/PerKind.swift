import StravaRecords

/// A value for each kind of record. It is asked for with every record, so nothing is hashed.
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
  /// Among all cases; without payloads an enumeration's value is the number of its case.
  fileprivate var number: Int { withUnsafeBytes(of: self) { Int($0[0]) } }
}
