import BSON

/// The path from a value to a value inside it. It is converted to a JSON Pointer (RFC 6901) only on demand.
///
/// BSON stores array indexes as keys, so the text of a key is used for both.
struct PointerPath {
  private let start: String
  private var steps: [BSONElement] = []

  init() { start = "" }

  /// Creates a path.
  ///
  /// - Parameters:
  ///   - start: the JSON Pointer of the value at which the path begins.
  ///   - member: a member of that value that is the first step of the path; nil for none.
  init(below start: String, _ member: String?) {
    self.start = member.map { start + "/" + $0.pointerStep } ?? start
  }

  var count: Int { steps.count }
  mutating func push(_ element: BSONElement) { steps.append(element) }
  mutating func pop() { steps.removeLast() }

  var text: String { start + steps.map { "/" + $0.keyText.pointerStep }.joined() }
}

extension String {
  /// The text as one step of a JSON Pointer.
  var pointerStep: String {
    guard utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return self }
    var step = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "~": step += "~0"
      case "/": step += "~1"
      default: step.unicodeScalars.append(scalar)
      }
    }
    return step
  }
}
