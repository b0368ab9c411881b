import BSON
import SeededRandom
import Testing

@Suite("Numbers as text")
struct NumberTextTests {
  private func text(_ body: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer(capacity: 64)
    body(&buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test("whole numbers have all their digits, and zeros in front up to a width")
  func wholeNumbers() {
    var values: [UInt64] = [0, .max]
    var power: UInt64 = 1
    while power < .max / 10 {
      power *= 10
      values += [power - 1, power, power + 1, power / 7]
    }
    for value in values {
      #expect(text { $0.append(digits: value) } == String(value))
      let digits = String(value)
      let zeros = String(repeating: "0", count: max(0, 7 - digits.count))
      #expect(text { $0.append(digits: value, width: 7) } == zeros + digits)
    }
    for value in [Int64.min, -10, -1, 0, 9, 10, .max] { #expect(text { $0.append(decimal: value) } == String(value)) }
  }

  @Test("a double's text is the shortest that reads back as it")
  func doubles() {
    var values: [Double] = [
      0, -0.0, 1, -1, 0.001, 0.0001, 0.000_999, 0.001_000_1, 1e-6, 123.456, 123.456_7, 47.123_456, -122.419_415_9,
      0.1 + 0.2, 1e15, 999_999_999_999.999, 999_999_999.999_999, 1e9, 12_345_678_901.234_567, 1e22, .pi,
      .leastNonzeroMagnitude,
      .greatestFiniteMagnitude,
    ]
    var random = Seeded(28)
    for _ in 0..<20_000 {
      let bits = random.next()
      let scale = [1.0, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7][Int(bits & 7)]
      values.append(Double(Int64(bitPattern: bits) >> Int64(bits >> 3 & 63)) / scale)
      let any = Double(bitPattern: random.next())
      if any.isFinite { values.append(any) }
    }
    for value in values { #expect(text { $0.append(shortest: value) } == value.description) }
  }
}
