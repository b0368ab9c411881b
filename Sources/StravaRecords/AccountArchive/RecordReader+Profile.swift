import BSON
import Findings

extension RecordReader {
  /// The labels of `profile.csv` and the keys of the API. Files before 2020 have the API's keys as labels.
  static let profileLabels: [(label: String, key: String)] = [
    ("First Name", "firstname"), ("firstname", "firstname"), ("Last Name", "lastname"), ("lastname", "lastname"),
    ("Sex", "sex"), ("sex", "sex"), ("Weight", "weight"), ("weight", "weight"), ("City", "city"), ("city", "city"),
    ("State", "state"), ("state", "state"), ("Country", "country"), ("country", "country"),
  ]

  /// Reads the profile of an account archive as the athlete that it describes, with `resource_state` 1. The mail address
  /// fills no field.
  ///
  /// - Parameter record: an object with the tables in `export_profile` and the athlete in `athlete_id`.
  mutating func readProfile(_ record: BSONView, _ rules: RuleSettings) -> Reading {
    guard let tables = record["export_profile"]?.document, let id = record["athlete_id"].flatMap({ StravaID($0) })
    else {
      let message = "expected an object of tables in export_profile, and the id of an athlete in athlete_id"
      return Reading(model: nil, findings: [Finding(.wrongType, message, pointer: "")])
    }
    var athlete = BSONWriter(capacity: 1 << 9)
    let start = athlete.begin()
    athlete.append("id", id.value)
    var findings: [Finding] = []
    let cells = tables["profile"]?.document
    var labels: [String: String] = [:]
    for (label, key) in Self.profileLabels {
      guard labels[key] == nil, let cell = cells.flatMap({ cells in cells.first { $0.keyText == label } }),
        let bytes = cell.value.text, !bytes.isEmpty
      else { continue }
      labels[key] = label
      let text = String(decoding: bytes, as: UTF8.self)
      switch key {
      case "weight":
        guard let weight = ArchiveRow.number(text) else {
          let pointer = "/export_profile/profile/" + label
          let message = "expected a number with a decimal point"
          findings.append(Finding(.wrongType, message, severity: .error, pointer: pointer))
          continue
        }
        athlete.append("weight", weight)
      case "sex": if let sex = Self.sex(text) { athlete.append("sex", sex) }
      default: athlete.append(name: key, .string(text))
      }
    }
    athlete.end(start)
    var reading = readMembers(
      BSONView(athlete.out.base), Detected(.athlete, rank: 1), outline: nil, as: .exportProfile, rules)
    reading.findings =
      findings
      + reading.findings.map { finding in
        var finding = finding
        let key = String((finding.pointer ?? "").dropFirst())
        finding.pointer = key == "id" ? "/athlete_id" : "/export_profile/profile/" + (labels[key] ?? key).pointerStep
        return finding
      }
    if reading.isRejected { reading.model = nil }
    reading.unknownMembers = []
    return reading
  }

  /// Returns the API's letter for a word; nil for an unknown word.
  private static func sex(_ word: String) -> String? {
    switch word {
    case "M", "Male": "M"
    case "F", "Female": "F"
    default: nil
    }
  }
}
