import BSON
import Mongo
import StravaRecords

/// Checks that every reader of documents can visit all values of bytes that pass as a document.
func checkDocument(_ bytes: [UInt8]) throws {
  guard let document = bytes.withUnsafeBytes({ BSONDocument(checking: $0) }) else { return }
  try expect(document.count == bytes.count, "a document ends before its bytes")
  try document.withView { view in
    let sum = try sizeOfElements(view)
    try expect(sum + 5 == document.count, "the elements do not fill their document")
    let decoder = BSONDecoder()
    _ = try? decoder.decode(Activity.self, from: view)
    _ = try? decoder.decode(Athlete.self, from: view)
    _ = try? decoder.decode(TokenResponse.self, from: view)
    _ = try? decoder.decode(Insight.self, from: view)
  }
}

private func sizeOfElements(_ view: BSONView) throws(Violation) -> Int {
  var sum = 0
  for element in view {
    sum += element.bytes.count
    let value = BSONValue(element.value)
    try expect(value.type.rawValue == element.value.type, "a value has another type than its field")
    _ = (element.keyText, element.value.number, element.value.integer, element.value.bool, value.integer)
    if case .decimal128(let decimal) = value { _ = (decimal.parts, decimal.doubleValue) }
    if let binary = element.value.binary { try expect(binary.bytes.count + 5 == element.value.size, "a binary's size") }
    if let inner = element.value.document ?? element.value.array {
      try expect(try sizeOfElements(inner) + 5 == inner.count, "the elements do not fill their document")
    }
  }
  return sum
}
