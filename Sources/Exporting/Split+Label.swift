import BSON
import StoreAccess
import StravaRecords

extension ExportOptions.Split {
  /// Returns the label of the file that a document belongs in. It is safe in a file's name, whatever the document
  /// contains.
  func label(of document: BSONView, in collection: String) -> String {
    switch self {
    case .size: return ""
    case .user:
      let owner = collection == Collections.users ? document["_id"] : document["user_id"]
      guard let owner, !owner.isNull, !owner.is(.undefined) else { return "nobody" }
      let text = BSONValue(owner).shortText
      return text.isEmpty ? "nobody" : text.fileLabel
    case .month:
      guard let field = monthField(collection) else { return "" }
      guard let date = document[field]?.date else { return "undated" }
      // The year may have more than four digits.
      return String(date.iso8601.prefix { $0 != "T" }.dropLast(3))
    }
  }

  private func monthField(_ collection: String) -> StaticString? {
    switch collection {
    case Collections.activities: "start_date"
    case Collections.insights: "created_at"
    default: nil
    }
  }

  /// Returns the field that the label is computed from; nil if no field of the document determines it.
  func field(_ collection: String) -> String? {
    switch self {
    case .size: nil
    case .user: collection == Collections.users ? "_id" : "user_id"
    case .month: monthField(collection).map { "\($0)" }
    }
  }
}
