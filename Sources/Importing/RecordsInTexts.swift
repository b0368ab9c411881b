import BSON
import Findings
import SourceText
import StravaRecords

/// Records that an object of unknown kind contains as text, as in exports of Postman, HAR files and raw tables.
struct RecordsInTexts: ~Copyable {
  private var counts: [RecordKind: Int] = [:]
  private var first = ""
  private var path: [String] = []
  private var transcoder = JSONTranscoder()

  /// - Returns: One finding for the whole object; nil if none of its texts contains a record.
  static func finding(in object: BSONView) -> Finding? {
    guard object.holdsJSONText else { return nil }
    var search = RecordsInTexts()
    search.look(in: object)
    return search.finding
  }

  /// Returns the finding for the members of a wrapper that are not records, in addition to the records that it
  /// contains.
  static func finding(inMembers members: [WrapperKey]) -> Finding? {
    // Most records are in no wrapper, and a search has a transcoder of its own.
    guard members.contains(where: { $0.value?.holdsJSONText ?? false }) else { return nil }
    var search = RecordsInTexts()
    for member in members {
      guard let value = member.value, value.holdsJSONText else { continue }
      search.path = member.pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(\.key)
      search.look(at: value)
    }
    return search.finding
  }

  private var finding: Finding? {
    guard !counts.isEmpty else { return nil }
    let kinds = RecordKind.allCases.compactMap { kind in counts[kind].map { "\($0) of kind \(kind.rawValue)" } }
    let total = counts.values.reduce(0, +)
    let records = total == 1 ? "1 record" : "\(total) records"
    return Finding(
      .jsonInText,
      "records inside a string are not read: this string is JSON with \(records) (\(kinds.joined(separator: ", "))); "
        + "extract it and import it separately", pointer: first)
  }

  private mutating func look(in view: BSONView) {
    for element in view {
      path.append(element.keyText)
      look(at: element.value)
      path.removeLast()
    }
  }

  private mutating func look(at value: BSONField) {
    if let inner = value.document ?? value.array {
      look(in: inner)
    } else if let text = value.text, text.beginsLikeJSON {
      count(text)
    }
  }

  private mutating func count(_ text: UnsafeRawBufferPointer) {
    var framer = RecordFramer(text: text, framing: .strava)
    while let batch = framer.next() {
      for slice in batch.slices where slice.oversized == nil {
        guard (try? batch.transcode(slice, with: &transcoder)) != nil else { continue }
        forEachRecord(in: transcoder.document, outline: nil) { found in
          let kind = found.detected.kind
          guard kind != .unrecognised, kind != .meta else { return }
          if counts.isEmpty { first = path.map { "/" + JSONPath.component($0) }.joined() }
          counts[kind, default: 0] += 1
        }
      }
    }
  }
}

extension BSONView {
  /// Returns true if a text inside it, at any depth, begins like a JSON object or array.
  fileprivate var holdsJSONText: Bool { contains { $0.value.holdsJSONText } }
}

extension BSONField {
  /// Returns the same for a single value.
  fileprivate var holdsJSONText: Bool {
    if let inner = document ?? array { return inner.holdsJSONText }
    return text?.beginsLikeJSON ?? false
  }
}

extension Substring {
  /// Returns the key or the index that a step of a JSON Pointer names.
  fileprivate var key: String { String(replacing("~1", with: "/").replacing("~0", with: "~")) }
}

extension UnsafeRawBufferPointer {
  /// A shorter text cannot be a record.
  private static let shortestRecord = 20

  fileprivate var beginsLikeJSON: Bool {
    guard count >= Self.shortestRecord, let first = first(where: { $0 > 0x20 }) else { return false }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }
}
