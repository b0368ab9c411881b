import BSON
import Findings

/// Checks of the fields of an activity against each other. They never reject a record: real data contains such
/// contradictions occasionally, and a dump that has them everywhere was changed by another program.
///
/// The checks use values that are already decoded, and allocate memory only if there is a finding.
struct CrossChecks {
  private(set) var findings: [Finding] = []

  /// Checks an activity and adds the findings.
  ///
  /// - Parameter map: the map of the record.
  mutating func check(_ activity: Activity, _ record: RecordMembers, map: BSONView?) {
    times(activity)
    averages(activity)
    if let low = activity.elevLow, let high = activity.elevHigh, low > high {
      add(.lowAboveHigh, "elev_low is above elev_high", "/elev_low")
    }
    if let flag = activity.hasHeartrate, flag != (activity.averageHeartrate ?? activity.maxHeartrate != nil) {
      add(
        .heartrateFlag, "has_heartrate is \(flag), but the record has \(flag ? "no " : "")heart rates", "/has_heartrate"
      )
    }
    if let line = map?["summary_polyline"]?.text, !Polyline.isSound(line) { badPolyline("/map/summary_polyline") }
    // Only detailed activities have these fields.
    if activity.resourceState == 3 {
      if let line = map?["polyline"]?.text, !Polyline.isSound(line) { badPolyline("/map/polyline") }
      identifiers(record)
    }
  }

  private mutating func times(_ activity: Activity) {
    if let start = activity.startDateSent?.date, let local = activity.startDateLocal?.wallClock,
      let offset = activity.utcOffset, !(start.isMidnight && local.isMidnight),
      abs(Double(local.milliseconds - start.milliseconds) / 1000 - offset) >= 1
    {
      add(.offsetMismatch, "start_date_local minus start_date differs from utc_offset", "/utc_offset")
    }
    if let moving = activity.movingTime, let elapsed = activity.elapsedTime, Int64(moving) > Int64(elapsed) + 1 {
      add(.movingBeyondElapsed, "moving_time is longer than elapsed_time", "/moving_time")
    }
  }

  private mutating func averages(_ activity: Activity) {
    // A maximum of 0 means that none was measured, as in activities that were entered manually.
    if let average = activity.averageSpeed, let most = activity.maxSpeed, most > 0, average > most {
      add(.averageAboveMaximum, "average_speed is above max_speed", "/average_speed")
    }
    if let average = activity.averageHeartrate, let most = activity.maxHeartrate, most > 0, average > most {
      add(.averageAboveMaximum, "average_heartrate is above max_heartrate", "/average_heartrate")
    }
    if let average = activity.averageWatts, let most = activity.maxWatts, most > 0, average > most {
      add(.averageAboveMaximum, "average_watts is above max_watts", "/average_watts")
    }
  }

  private static let segmentEfforts = RecordKeys.shared.number(of: "segment_efforts")
  private static let bestEfforts = RecordKeys.shared.number(of: "best_efforts")

  /// Checks ids beyond 2^53. If all of them end like numbers that JavaScript printed, they were probably rounded. One
  /// such id may be a coincidence, but at least four zeros in total are not.
  private mutating func identifiers(_ record: RecordMembers) {
    let lists = (Self.segmentEfforts, Self.bestEfforts)
    var zeros = 0
    var first: (list: String, index: Int)?
    for (list, key) in record where key == lists.0 || key == lists.1 {
      guard let efforts = list.value.array else { continue }
      var index = -1
      for effort in efforts {
        index += 1
        guard let id = effort.value.document?["id"]?.integer, id > 1 << 53 else { continue }
        guard let lost = StravaID.zerosOfJavaScript(id) else { return }
        zeros += lost
        if first == nil { first = (list.keyText, index) }
      }
    }
    guard zeros >= 4, let first else { return }
    add(
      .zeroedIdentifier, "the last digits of the ids were replaced by zeros, as JavaScript does with large integers",
      "/\(first.list)/\(first.index)/id")
  }

  private mutating func badPolyline(_ pointer: String) {
    add(.badPolyline, "the polyline cannot be decoded into valid coordinates", pointer)
  }

  private mutating func add(_ rule: Rule, _ message: String, _ pointer: String) {
    findings.append(Finding(rule, message, pointer: pointer))
  }
}

extension BSONDate {
  /// Whether the time is midnight, which is also the time of a date without a time of day.
  fileprivate var isMidnight: Bool { milliseconds % 86_400_000 == 0 }
}

extension StravaID {
  /// Returns the number of zeros at the end of an id beyond 2^53 if JavaScript prints such a number: the fewest digits
  /// that identify its double, followed by zeros. Returns nil for other numbers, which JavaScript did not change.
  static func zerosOfJavaScript(_ id: Int64) -> Int? {
    guard id > 1 << 53, id % 10 == 0 else { return nil }
    var zeros = 0
    var rest = id
    while rest % 10 == 0 {
      rest /= 10
      zeros += 1
    }
    // Seventeen digits identify every double.
    guard rest < 100_000_000_000_000_000 else { return nil }
    // Swift uses the same rule for the fewest digits; 1.234e+18 has its digits before the exponent.
    let digits = Double(id).description.prefix { $0 != "e" }.filter(\.isNumber)
    var shortest = Substring(digits)
    while shortest.last == "0" { shortest.removeLast() }
    return shortest == String(rest) ? zeros : nil
  }
}
