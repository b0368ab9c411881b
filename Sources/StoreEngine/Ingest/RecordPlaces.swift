import BSON
import SourceText
import StravaRecords

/// Where a record's bytes stand.
extension RecordOrigin {
  /// The record's exact text.
  var text: UnsafeRawBufferPointer { batch.text(slice, pointer: pointer) }

  /// Where the record begins.
  var position: Position? { located(Finding(.sealedReject, "")).position }

  /// A finding about the record, with its place in the input.
  func located(_ finding: Finding) -> Finding {
    var inner = finding
    inner.pointer = pointer + (finding.pointer ?? "")
    return batch.located(inner, in: slice)
  }
}

extension Framing {
  /// Framing that knows what a Strava record looks like.
  static let strava = Framing(
    isRecord: { scalarMembers in
      !["id", "resource_state", "access_token", "refresh_token", "insight_text"].allSatisfy { mark in
        !scalarMembers.contains(mark)
      }
    },
    owner: { key, member in
      let batch = RecordBatch(file: "", ordinal: 1, text: member)
      var transcoder = JSONTranscoder()
      guard let slice = batch.slices.first, (try? batch.transcode(slice, with: &transcoder)) != nil else { return nil }
      let document = transcoder.document
      guard key == "athlete" || RecordKind.detect(document).kind == .athlete else { return nil }
      return document["id"].flatMap(StravaID.init)?.value
    })
}
