import Foundation
import Support

/// A line of a reject file.
struct RejectLine: Decodable {
  struct Item: Decodable {
    let rule: String
    let severity: String
    let message: String
    let line: Int?
    let column: Int?
    let pointer: String?
  }

  let version: Int
  let file: String
  let record: Int?
  let line: Int?
  let column: Int?
  let offset: Int?
  let length: Int
  let findings: [Item]
  let sealed: Data?

  enum CodingKeys: String, CodingKey {
    case version = "strava_store_reject"
    case file, record, line, column, offset, length, findings, sealed
  }

  static func read(_ folder: TemporaryFolder, _ name: String) throws -> [RejectLine] {
    try folder.read(name).split(separator: 0x0A).map { try JSONDecoder().decode(RejectLine.self, from: Data($0)) }
  }
}
