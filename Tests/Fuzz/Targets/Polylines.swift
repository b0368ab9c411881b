import BSON
import Findings
import SourceText
import StravaRecords

/// Checks that a polyline is called valid only if a plain decoder by Google's description finds positions on Earth in
/// it.
func checkPolyline(_ input: [UInt8]) throws {
  let line = String(decoding: input, as: UTF8.self)
  let record = BSONDocument {
    $0.append("id", Int32(1))
    $0.append("resource_state", Int32(2))
    $0.append("sport_type", "Run")
    $0.append("distance", 1.5)
    $0.append("moving_time", Int32(2))
    $0.append("start_date", "2024-05-01T06:30:00Z")
    let athlete = $0.begin("athlete")
    $0.append("id", Int32(2))
    $0.end(athlete)
    let map = $0.begin("map")
    $0.append("summary_polyline", line)
    $0.end(map)
  }
  var rules = RuleSettings()
  rules.set(.badPolyline, to: .warning)
  var reader = RecordReader()
  let isCalledSound = record.withView { view in
    let reading = reader.read(view, RecordKind.detect(view), rules: rules)
    return reading.model.map { _ in !reading.findings.contains { $0.rule == .badPolyline } }
  }
  guard let isCalledSound else { throw Violation("an activity with this line is not an activity any more") }
  try expect(isCalledSound == isOnEarth(line), "the line is called \(isCalledSound ? "sound" : "broken")")
}

/// By developers.google.com/maps/documentation/utilities/polylinealgorithm, backwards, in five decimals; a number of more
/// than six characters is invalid.
private func isOnEarth(_ line: String) -> Bool {
  var numbers: [Int] = []
  var chunks: [Int] = []
  for scalar in line.unicodeScalars {
    let value = Int(scalar.value) - 63
    guard 0..<64 ~= value, chunks.count < 6 else { return false }
    chunks.append(value % 32)
    if value >= 32 { continue }
    let number = chunks.reversed().reduce(0) { $0 * 32 + $1 }
    numbers.append(number % 2 == 0 ? number / 2 : -(number + 1) / 2)
    chunks = []
  }
  guard chunks.isEmpty, numbers.count % 2 == 0 else { return false }
  func stays(_ parity: Int, within most: Int) -> Bool {
    var sum = 0
    return numbers.indices.filter { $0 % 2 == parity }.allSatisfy {
      sum += numbers[$0]
      return abs(sum) <= most
    }
  }
  return stays(0, within: 9_000_000) && stays(1, within: 18_000_000)
}
