import BSON

/// The way from a value to one inside it; a JSON Pointer (RFC 6901) is made of it only when somebody asks.
///
/// BSON keeps array indexes as keys, so a key's text serves both.
struct PointerPath {
  private var steps: [BSONElement] = []

  var count: Int { steps.count }
  mutating func push(_ element: BSONElement) { steps.append(element) }
  mutating func pop() { steps.removeLast() }

  var text: String { steps.map { "/" + $0.keyText.pointerStep }.joined() }
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
