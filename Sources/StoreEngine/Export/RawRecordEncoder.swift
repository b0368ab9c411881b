import BSON
import StravaRecords

/// What Strava sent, one record a line, so that an import of it makes the same database: a user's token before the
/// athlete, which wins on a tie; an activity that names no athlete inside an object that does. Stubs are not written,
/// since their activities make them again, nor are documents that import never wrote.
struct RawRecordEncoder: DocumentEncoder {
  let framing = OutputFraming()
  let collection: String

  /// - Throws: `StoreFailure` where something in the record is sealed: a thinned record would replace the full one.
  func append(_ document: BSONView, to out: inout ByteBuffer) throws -> Int {
    guard let raw = document["raw_data"], !raw.isNull else { return 0 }
    if document.isSealedRaw {
      throw StoreFailure("--format raw is whole records, and some of what is selected is sealed: it needs --decrypt")
    }
    guard let record = raw.document else { return 0 }
    guard collection == Collections.users else {
      append(record, of: document, to: &out)
      return 1
    }
    var count = 0
    for half in ["token", "athlete"] as [StaticString] {
      guard let record = record[half]?.document else { continue }
      out.append(jsonObject: record)
      out.append(UInt8(ascii: "\n"))
      count += 1
    }
    return count
  }

  private func append(_ record: BSONView, of document: BSONView, to out: inout ByteBuffer) {
    let namesOwner = record["athlete"]?.document?["id"].flatMap(StravaID.init) != nil
    if collection == Collections.activities, !namesOwner, let athlete = document["athlete_id"]?.wholeNumber {
      out.append(text: #"{"athlete":{"id":"#)
      out.append(decimal: athlete)
      out.append(text: #"},"activities":["#)
      out.append(jsonObject: record)
      out.append(text: "]}\n")
    } else {
      out.append(jsonObject: record)
      out.append(UInt8(ascii: "\n"))
    }
  }
}

extension BSONView {
  /// True where something in `raw_data` is sealed.
  fileprivate var isSealedRaw: Bool { self["raw_data"]?.document?.holdsEnvelope == true }
}
