import BSON

/// The way from a value to one inside it; a JSON Pointer (RFC 6901) is made of it only on demand.
///
/// BSON keeps array indexes as keys, so a key's text serves both.
struct PointerPath {
  private let start: String
  private var steps: [BSONElement] = []

  init() { start = "" }

  /// - Parameters:
  ///   - start: JSON Pointer of the value that the path begins at.
  ///   - member: a member of that value to go into first.
  init(below start: String, _ member: String?) {
    self.start = member.map { start + "/" + $0.pointerStep } ?? start
  }

  var count: Int { steps.count }
  mutating func push(_ element: BSONElement) { steps.append(element) }
  mutating func pop() { steps.removeLast() }

  var text: String { start + steps.map { "/" + $0.keyText.pointerStep }.joined() }
}

extension String {
  /// As one step of a JSON Pointer.
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
