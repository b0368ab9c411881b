import BSON
import Testing

@Suite("decoding models")
struct DecoderTests {
  struct Model: Decodable, Equatable {
    struct Inner: Decodable, Equatable { var x: Int64? }
    var name: String
    var distance: Double
    var count: Int32?
    var flag: Bool?
    var inner: Inner?
    var list: [Double]?
    var missing: String?
  }

  private func decode(_ build: (inout BSONWriter) -> Void) throws -> Model {
    try BSONDocument(build).withView { try BSONDecoder().decode(Model.self, from: $0) }
  }

  @Test("fields in any order; ints for doubles, whole doubles for ints; null is absent")
  func lenient() throws {
    let model = try decode { writer in
      let list = writer.beginArray("list")
      writer.append("0", Int32(1))
      writer.append("1", 2.5)
      writer.end(list)
      writer.append("unknown", "x")
      writer.append("count", 7.0)
      writer.append("distance", Int64(12))
      let inner = writer.begin("inner")
      writer.append("x", Int64.max)
      writer.end(inner)
      writer.append(name: "flag", .null)
      writer.append("name", "run")
    }
    #expect(
      model
        == Model(
          name: "run", distance: 12, count: 7, flag: nil, inner: .init(x: .max), list: [1, 2.5], missing: nil))
  }

  @Test("a wrong type is reported with its path")
  func wrongType() throws {
    let error = #expect(throws: DecodingError.self) {
      try decode { writer in
        writer.append("name", "run")
        writer.append("distance", 1.0)
        let inner = writer.begin("inner")
        writer.append("x", "text")
        writer.end(inner)
      }
    }
    guard case .typeMismatch(_, let context)? = error else { throw error! }
    #expect(context.codingPath.map(\.stringValue) == ["inner", "x"])
  }

  @Test("what would lose digits is refused", arguments: [1.5, 4e10, -.infinity, .nan])
  func inexact(value: Double) {
    #expect(throws: DecodingError.self) {
      try decode { writer in
        writer.append("name", "run")
        writer.append("distance", 1.0)
        writer.append("count", value)
      }
    }
  }

  @Test("a missing field is reported by its key")
  func missing() throws {
    let error = #expect(throws: DecodingError.self) { try decode { $0.append("name", "run") } }
    guard case .keyNotFound(let key, _)? = error else { throw error! }
    #expect(key.stringValue == "distance")
  }
}
