import Foundation
import Logging
import Reporting

/// A log handler that writes each message as one line of JSON to standard error.
struct JSONLogHandler: LogHandler {
  let label: String
  var logLevel = Logger.Level.warning
  var metadata = Logger.Metadata()

  init(label: String) { self.label = label }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let values = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.description)
    let line = Line(
      time: Date().formatted(.iso8601.time(includingFractionalSeconds: true)), level: event.level.rawValue,
      logger: label,
      message: event.message.description, metadata: values.isEmpty ? nil : values)
    // If standard error is closed, the message cannot be written anywhere.
    try? FileHandle.standardError.write(contentsOf: Data((jsonLine(line) + "\n").utf8))
  }

  private struct Line: Encodable {
    let time: String
    let level: String
    let logger: String
    let message: String
    let metadata: [String: String]?
  }
}
