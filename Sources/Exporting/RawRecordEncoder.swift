import BSON
import StoreAccess
import StravaRecords

/// An encoder that writes the original Strava records, one per line, so that importing them creates the same database.
/// A user's token comes before the athlete, which takes precedence if both have the same time, and the zones come last.
/// A record that names no athlete is written inside an object that does. Stubs are not written, since importing their
/// activities creates them again; documents that import never wrote are not written either. `Disclosure.firstHidden`
/// checks earlier that the records are complete.
struct RawRecordEncoder: DocumentEncoder {
  let framing = OutputFraming()
  let collection: String

  func append(_ document: BSONView, to out: inout ByteBuffer) -> Int {
    if collection == Collections.activities { return appendActivity(document, to: &out) }
    guard let record = document["raw_data"]?.document else { return 0 }
    guard collection == Collections.users else {
      append(record, as: "insights", of: nil, to: &out)
      return 1
    }
    var count = 0
    if let token = record["token"]?.document {
      append(token, as: "tokens", of: document["strava_id"]?.wholeNumber, to: &out)
      count += 1
    }
    if let athlete = record["athlete"]?.document {
      append(athlete, as: "athletes", of: nil, to: &out)
      count += 1
    }
    if let zones = record["zones"]?.document {
      append(zones, as: "zones", of: document["strava_id"]?.wholeNumber, to: &out)
      count += 1
    }
    return count
  }

  /// Writes the record of the API and the row of the account archive, as far as the activity has them.
  private func appendActivity(_ document: BSONView, to out: inout ByteBuffer) -> Int {
    let owner = document["athlete_id"]?.wholeNumber
    var count = 0
    if let record = document["raw_data"]?.document {
      append(record, as: "activities", of: owner, to: &out)
      count += 1
    }
    if let half = document["export_row"]?.document, let cells = half["row"]?.document {
      var row = BSONWriter()
      let start = row.begin()
      row.append("export_row", document: cells.bytes)
      if let locale = half["locale"] { row.append("locale", locale) }
      row.end(start)
      append(BSONView(row.out.base), as: "export_rows", of: owner, to: &out)
      count += 1
    }
    return count
  }

  /// - Parameters:
  ///   - name: The name of the list in the object around a record that names no athlete.
  ///   - owner: The owner's Strava id; nil if the record needs none.
  private func append(_ record: BSONView, as name: StaticString, of owner: Int64?, to out: inout ByteBuffer) {
    if record.athleteObjectID == nil, let athlete = owner {
      out.append(text: #"{"athlete":{"id":"#)
      out.append(decimal: athlete)
      out.append(text: #"},""#)
      out.append(text: name)
      out.append(text: #"":["#)
      out.append(jsonObject: record)
      out.append(text: "]}\n")
    } else {
      out.append(jsonObject: record)
      out.append(UInt8(ascii: "\n"))
    }
  }
}
