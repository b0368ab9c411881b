import Foundation

/// The progress line of a long job: share of the input done, records, rate and time left.
public struct ProgressLine: Sendable {
  private let started = Date()

  public init() {}

  /// Returns the text of the line.
  ///
  /// - Parameters:
  ///   - bytes: number of input bytes done, and of all inputs if that is known.
  ///   - records: number of records done.
  public func render(bytes: (done: Int, total: Int?), records: Int) -> String {
    let elapsed = max(Date().timeIntervalSince(started), 0.001)
    var parts: [String] = []
    if let total = bytes.total, total > 0 {
      let share = min(Double(bytes.done) / Double(total), 1)
      parts.append("\(Int(share * 100)) % of \(size(total))")
    } else {
      parts.append(size(bytes.done))
    }
    parts.append(counted(records, "record"))
    parts.append("\(grouped(Int(Double(records) / elapsed)))/s")
    if let total = bytes.total, bytes.done > 0, bytes.done < total, elapsed > 1 {
      parts.append("\(duration(elapsed * Double(total - bytes.done) / Double(bytes.done))) left")
    }
    return parts.joined(separator: " · ")
  }
}

/// The progress line of a pass over stored documents.
public struct DocumentProgressLine: Sendable {
  private let started = Date()

  public init() {}

  /// Returns the text of the line.
  ///
  /// - Parameters:
  ///   - collection: the name of the current collection.
  ///   - done: number of its documents done.
  ///   - total: number of its documents, which may be an estimate; 0 if it is not known.
  public func render(_ collection: String, done: Int, total: Int) -> String {
    let elapsed = max(Date().timeIntervalSince(started), 0.001)
    let documents =
      total > 0 ? "\(grouped(done)) of \(counted(max(total, done), "document"))" : counted(done, "document")
    return "\(collection): \(documents) · \(duration(elapsed))"
  }
}

/// Returns a number of bytes in binary units, such as "1.5 MiB".
public func size(_ bytes: Int) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 1024, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  return unit == 0 ? "\(bytes) B" : String(format: "%.1f ", value) + units[unit]
}

/// Returns a duration in seconds as readable text: "0.4 s", "12 s", "3 min 20 s", "2 h 5 min".
public func duration(_ seconds: Double) -> String {
  if seconds < 10 { return String(format: "%.1f s", seconds) }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
