import BSON
import Sealing

/// A value that is not exported.
struct HiddenValue {
  /// The keys and indexes on the path to it.
  private var path: [String]
  private let reason: SealingFault.Reason?

  /// - Parameter element: The value, in its container.
  init(_ element: BSONElement) {
    path = [element.keyText]
    if element.value.envelope != nil {
      reason = nil
    } else {
      reason = element.value.is(.binary) ? .foreign : .plaintext
    }
  }

  /// Returns the value with its path from an outer container.
  ///
  /// - Parameter container: The container in which the value was found, or a container of that.
  func within(_ container: BSONElement) -> HiddenValue {
    var outer = self
    outer.path.insert(container.keyText, at: 0)
    return outer
  }

  /// The fault of the value; nil if it is sealed.
  var fault: SealingFault? {
    reason.map { SealingFault(path: path, reason: $0) }
  }
}
