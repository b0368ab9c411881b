import BSON
import Findings
import SourceText
import StravaRecords

/// The position of a record's bytes.
extension RecordOrigin {
  /// Returns the exact text of the record.
  var text: UnsafeRawBufferPointer { batch.text(slice, pointer: pointer) }

  /// Returns the position at which the record begins.
  var position: Position? { located(Finding(.sealedReject, "")).position }

  /// Returns a finding about the record with its position in the input.
  func located(_ finding: Finding) -> Finding {
    var inner = finding
    inner.pointer = pointer + (finding.pointer ?? "")
    return batch.shown(inner, in: slice)
  }
}

extension RecordBatch {
  /// Returns a record's finding with its position and the source line, in which nothing personal is shown.
  func shown(_ finding: Finding, in slice: RecordSlice) -> Finding {
    switch finding.rule {
    case .unknownField, .wrapperKeys:
      // The class of the value under such a key is unknown.
      let step = finding.pointer?.split(separator: "/").last.map(String.init)
      return located(finding, in: slice) { key in
        JSONPath.component(key) == step ? .everything : SensitivityClass.mask(of: key)
      }
    default: return located(finding, in: slice, mask: SensitivityClass.mask)
    }
  }
}

extension SensitivityClass {
  /// Returns what a source line shows of a value under this key. A stream's `data` has the class that the `type` next
  /// to it names, and that member may follow later.
  static func mask(of key: String) -> KeyMask {
    if key == "data" || SensitivityClass.of(key) != nil { return .everything }
    return RecordKeys.knows(key) ? .texts : .value
  }
}

extension Framing {
  /// The framing of records that uses knowledge about Strava records.
  static let strava = Framing(
    isRecord: { scalarMembers in
      !["id", "resource_state", "access_token", "refresh_token", "insight_text", "strava_store_reject"].allSatisfy {
        !scalarMembers.contains($0)
      }
    },
    owner: { key, member in
      // The same order applies as for small wrappers: the owner of an event, a named athlete, an id, the only athlete.
      guard member.first == UInt8(ascii: "{") else {
        guard key == "athlete_id" || key == "owner_id",
          let id = document("{\"id\":", member, "}", StravaID.init(memberOf:))
        else { return nil }
        // The same rule applies as for a webhook event.
        return key == "athlete_id"
          ? OwnerClaim(id.value, .id)
          : OwnerClaim(id.value, .event, evidence: [["aspect_type"], ["object_type", "object_id"]])
      }
      return document("", member, "") { athlete in
        guard key == "athlete" || RecordKind.detect(athlete).kind == .athlete else { return nil }
        return StravaID(memberOf: athlete).map { OwnerClaim($0.value, key == "athlete" ? .named : .inferred) }
      }
    })

  private static func document<R>(
    _ opening: String, _ text: UnsafeRawBufferPointer, _ closing: String, _ body: (BSONView) -> R?
  ) -> R? {
    let text = Array(opening.utf8) + text + Array(closing.utf8)
    return text.withUnsafeBytes { bytes in
      let batch = RecordBatch(file: "", ordinal: 1, text: bytes)
      var transcoder = JSONTranscoder()
      guard let slice = batch.slices.first, (try? batch.transcode(slice, with: &transcoder)) != nil else { return nil }
      return body(transcoder.document)
    }
  }
}

extension StravaID {
  fileprivate init?(memberOf object: BSONView) {
    guard let id = object["id"].flatMap(StravaID.init) else { return nil }
    self = id
  }
}
