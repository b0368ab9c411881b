import BSON
import Sealing

/// A value that does not leave the store.
struct HiddenValue {
  /// Keys and indexes on the way to it.
  private var path: [String]
  private let reason: SealingFault.Reason?

  /// - Parameter element: the value, in whatever holds it.
  init(_ element: BSONElement) {
    path = [element.keyText]
    if element.value.envelope != nil {
      reason = nil
    } else {
      reason = element.value.is(.binary) ? .foreign : .plaintext
    }
  }

  /// The value as seen from further out.
  ///
  /// - Parameter container: what it was found in, or what holds that.
  func within(_ container: BSONElement) -> HiddenValue {
    var outer = self
    outer.path.insert(container.keyText, at: 0)
    return outer
  }

  /// What is wrong with it; nil where it is sealed.
  var fault: SealingFault? {
    reason.map { SealingFault(path: path, reason: $0) }
  }
}
