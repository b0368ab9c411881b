import BSON
import Testing

@Suite("BSON writing and viewing")
struct WriterTests {
  @Test("bytes are those of bsonspec.org's own example")
  func specificationExample() {
    // {"BSON": ["awesome", 5.05, 1986]} from bsonspec.org/faq.
    let expected: [UInt8] =
      [0x31, 0, 0, 0, 0x04] + Array("BSON".utf8) + [0, 0x26, 0, 0, 0, 0x02, 0x30, 0, 0x08, 0, 0, 0]
      + Array("awesome".utf8) + [0, 0x01, 0x31, 0, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x14, 0x40]
      + [0x10, 0x32, 0, 0xC2, 0x07, 0, 0, 0, 0]
    let document = BSONDocument { writer in
      let array = writer.beginArray("BSON")
      writer.append("0", "awesome")
      writer.append("1", 5.05)
      writer.append("2", Int32(1986))
      writer.end(array)
    }
    #expect(document.withUnsafeBytes { Array($0) } == expected)
  }

  @Test("every type comes back as it was written, in order")
  func roundTrip() {
    let id = ObjectID(hex: "00112233445566778899aabb")!
    let decimal = Decimal128(negative: true, coefficient: 15, exponent: -1)!
    let values: [(key: String, value: BSONValue)] = [
      ("double", .double(-0.0)), ("", .string("")), ("text", .string("a\0é🏃‍♀️")), ("$set", .bool(true)),
      ("a.b", .date(BSONDate(milliseconds: -1))), ("null", .null), ("int32", .int32(.min)), ("int64", .int64(.max)),
      ("id", .objectID(id)), ("decimal", .decimal128(decimal)),
      ("binary", .binary(subtype: 0x80, [1, 2, 3])), ("empty", .binary(subtype: 0, [])),
      ("document", .document(BSONDocument { $0.append("inner", false) })), ("array", .array(BSONDocument())),
      ("regex", .other(type: .regex, Array("^a\0i\0".utf8))), ("min", .other(type: .minKey, [])),
      ("timestamp", .other(type: .timestamp, [1, 0, 0, 0, 2, 0, 0, 0])),
    ]
    let document = BSONDocument { writer in
      for (key, value) in values { writer.append(name: key, value) }
    }
    #expect(document.elements.map(\.key) == values.map(\.key))
    #expect(document.elements.map(\.value) == values.map(\.value))
  }

  @Test("array indexes are decimal text of any width")
  func indexes() {
    let document = BSONDocument { $0.append("values", (0...1234).map(Double.init)) }
    let array = document["values"]?.inner
    #expect(array?.elements.map(\.key) == (0...1234).map(String.init))
    #expect(array?["1234"] == .double(1234))
  }

  @Test("a view finds a field by its whole name")
  func views() {
    let document = BSONDocument { writer in
      writer.append("a", Int32(1))
      let outer = writer.begin("b")
      let inner = writer.beginArray("c")
      writer.end(inner)
      writer.end(outer)
      writer.append("ab", Int32(2))
    }
    document.withView { view in
      #expect(view["a"]?.integer == 1)
      #expect(view["ab"]?.integer == 2)
      #expect(view["abc"] == nil)
    }
  }

  @Test("object ids read and print hexadecimal, and refuse anything else")
  func objectIDs() {
    #expect(ObjectID(hex: "00112233445566778899AABB")?.description == "00112233445566778899aabb")
    for bad in ["", "0011", "00112233445566778899aabbcc", "00112233445566778899aabg", "00112233445566778899aab"] {
      #expect(ObjectID(hex: bad) == nil)
    }
  }
}
