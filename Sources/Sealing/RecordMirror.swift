import BSON
import SourceText
import StravaRecords

/// A comparison of typed fields with those that their record produces.
package struct RecordMirror: ~Copyable {
  private let kind: RecordKind
  /// The stored names of fields that are computed only from the record.
  private let names: Set<String>
  private var reader = RecordReader()
  private var fields = BSONWriter()

  package init(_ kind: RecordKind) {
    self.kind = kind
    // A row fills the fields of an activity, and a profile some of an athlete.
    switch kind {
    case .exportRow: names = Set(RecordSchema.activity.importedFields)
    case .exportProfile: names = Set(RecordSchema.profileFields)
    default: names = Set(RecordSchema.of(kind)?.importedFields ?? [])
    }
  }

  /// Returns the kind of a stored record. Its path determines the kind, even if the record lacks a name.
  package func detect(_ record: BSONView) -> Detected {
    let detected = RecordKind.detect(record)
    return detected.kind == kind ? detected : Detected(kind, rank: record["resource_state"]?.number == 3 ? 3 : 2)
  }

  /// Returns the JSON Pointers of the typed fields that differ, in ascending order.
  ///
  /// - Parameters:
  ///   - document: The document with all values decrypted that can be decrypted.
  ///   - record: Its record of this kind.
  package mutating func differences(in document: BSONView, from record: BSONView) -> [String] {
    let model = reader.read(record, detect(record)).model
    _ = reader.takeNotes()
    guard let model else { return [] }
    fields.out.count = 0
    let start = fields.begin()
    model.appendStoredFields(to: &fields)
    fields.end(start)
    var wanted: [String: BSONField] = [:]
    for element in BSONView(fields.out.base) where names.contains(element.keyText) {
      wanted[element.keyText] = element.value
    }
    var pointers: [String] = []
    for element in document where names.contains(element.keyText) {
      let step = "/" + JSONPath.component(element.keyText)
      if let value = wanted.removeValue(forKey: element.keyText) {
        if let inside = element.value.difference(from: value) { pointers.append(step + inside) }
      } else if !element.value.isNull, !Self.given.contains(element.keyText) {
        pointers.append(step)
      }
    }
    pointers += wanted.keys.map { "/" + JSONPath.component($0) }
    return pointers.sorted()
  }

  /// The fields that an object around the record, or the command line, may have given.
  private static let given: Set<String> = ["athlete_id", "user_id", "activity_id"]
}

extension BSONField {
  /// Returns the JSON Pointer at which the two differ; nil if they are equal. Equal numbers may have different types,
  /// since other drivers choose the type by the value.
  fileprivate func difference(from other: BSONField) -> String? {
    if let number, let otherNumber = other.number { return number == otherNumber ? nil : "" }
    if let array, let otherArray = other.array { return array.difference(from: otherArray) == nil ? nil : "" }
    if let document, let otherDocument = other.document { return document.difference(from: otherDocument) }
    guard type == other.type, size == other.size else { return "" }
    let (mine, others) = (
      UnsafeRawBufferPointer(start: base, count: size), UnsafeRawBufferPointer(start: other.base, count: size)
    )
    return mine.elementsEqual(others) ? nil : ""
  }
}

extension BSONView {
  fileprivate func difference(from other: BSONView) -> String? {
    var (mine, others) = (makeIterator(), other.makeIterator())
    while true {
      switch (mine.next(), others.next()) {
      case (nil, nil): return nil
      case (let element?, let another?) where element.key.elementsEqual(another.key):
        guard let inside = element.value.difference(from: another.value) else { continue }
        return "/" + JSONPath.component(element.keyText) + inside
      default: return ""
      }
    }
  }
}
