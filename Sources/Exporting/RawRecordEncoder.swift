import BSON
import StoreAccess
import StravaRecords

/// What Strava sent, one record a line, so that an import of it makes the same database: a user's token before the
/// athlete, which wins on a tie; an activity that names no athlete inside an object that does. Stubs are not written,
/// since their activities make them again, nor are documents that import never wrote. That the records are whole is seen
/// to before (`Disclosure.firstHidden`).
struct RawRecordEncoder: DocumentEncoder {
  let framing = OutputFraming()
  let collection: String

  func append(_ document: BSONView, to out: inout ByteBuffer) -> Int {
    guard let record = document["raw_data"]?.document else { return 0 }
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
