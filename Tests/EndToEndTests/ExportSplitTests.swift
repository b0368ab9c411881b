import Foundation
import Support
import Testing

/// `--split-by` with unusual values in the database: no document is lost, and no file is outside the folder.
@Suite(.waiting) struct ExportSplitTests {
  private static let hex = "65a0b1c2d3e4f5a6b7c8d9e0"

  private let fixture: ExportFixture

  init() throws { fixture = try ExportFixture() }

  /// - Parameter documents: A Python expression for a list of documents.
  private func insert(_ documents: String, _ arguments: [String] = []) throws {
    try fixture.pymongo.run(
      """
      import datetime
      def day(month, day): return datetime.datetime(2024, month, day)
      db.activities.insert_many([{'_id': i, **one} for i, one in enumerate(\(documents))])
      """, arguments)
  }

  /// Splits all activities, and checks the files together.
  /// - Returns: The documents of each file.
  private func split(_ by: String, _ options: [String] = []) throws -> [String: Int] {
    let whole = try fixture.text("activities").split(separator: "\n")
    let path = fixture.folder.path("folder")
    let result = try fixture.printed(["activities", "--split-by", by, "-o", path] + options)
    #expect(result.exitCode == 0)
    #expect(result.total == .init(read: whole.count, written: whole.count, records: whole.count))
    #expect(try fixture.names() == ["folder", "keys.json"])
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    #expect(result.files.map { $0.path }.sorted() == names.map { "\(path)/\($0)" })
    let sums = try String(contentsOfFile: "\(path)/SHA256SUMS", encoding: .utf8).split(separator: "\n")
    #expect(sums.map { String($0.dropFirst(66)) }.sorted() == names.filter { $0 != "SHA256SUMS" })
    let checked = try Command("/usr/bin/sha256sum", ["--check", "--quiet", "SHA256SUMS"], directory: path).run()
    #expect(checked.exitCode == 0, "\(checked.errors)")

    let files = result.files.dropLast()
    if options.isEmpty {
      let lines = try files.flatMap { file in
        let lines = try String(contentsOfFile: file.path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == file.documents)
        return lines
      }
      #expect(lines.sorted() == whole.sorted())
    }
    return Dictionary(
      files.map { (String($0.path.dropFirst(path.count + 1)), $0.documents) }, uniquingKeysWith: +)
  }

  @Test func noOwnerIsOneLabel() throws {
    try insert(
      "[{}, {'user_id': None}, {}, {'user_id': None}, {'user_id': ''}, {'user_id': 5}, {'user_id': bson.Int64(5)}]")
    #expect(try split("user") == ["activities-nobody.ndjson": 5, "activities-5.ndjson": 2])
  }

  @Test(arguments: [[], ["--format", "json", "--compress", "gz"]])
  func whatReadsTheSameIsInOneFile(options: [String]) throws {
    let hex = Self.hex
    try insert(
      "[{'user_id': '\(hex)'}, {'user_id': 'owner'}, {'user_id': bson.ObjectId('\(hex)')}, {'user_id': 'owner.2'}]")
    let ending = options.isEmpty ? "ndjson" : "json.gz"
    #expect(
      try split("user", options) == [
        "activities-\(hex).\(ending)": 2, "activities-owner.\(ending)": 1, "activities-owner%2E2.\(ending)": 1,
      ])
  }

  @Test func whatIsNotADateIsUndated() throws {
    try insert(
      """
      [{'start_date': day(1, 1)}, {'start_date': [day(1, 2), day(1, 9)]}, {'start_date': day(1, 3)},
       {'start_date': day(2, 1)}, {'start_date': [day(2, 2)]}, {}, {'start_date': None}]
      """)
    #expect(
      try split("month") == [
        "activities-undated.ndjson": 4, "activities-2024-01.ndjson": 2, "activities-2024-02.ndjson": 1,
      ])
  }

  /// Values in the database cannot name a file outside the folder.
  @Test func anOwnerIsNotAPath() throws {
    let long = String(repeating: "x", count: 3000)
    let owners = [
      "/../../stolen", "../stolen", "..", ".", "/", "a/b", "a%2Fb", "a\nb", "a\\b", "a b", "-rf", "~", "a.ndjson",
      "Zoë", "\u{1F6B4}", "\u{0}", "a\u{0}b", long, long + "y", long + "/", "/" + long, "nul", "A", "a",
    ]
    let encoded = String(decoding: try JSONEncoder().encode(owners), as: UTF8.self)
    try insert("[{'user_id': owner} for owner in json.loads(sys.argv[1])]", [encoded])
    let files = try split("user")
    #expect(files.count == owners.count)
    #expect(files.values.allSatisfy { $0 == 1 })
    let strange = files.keys.filter { $0.wholeMatch(of: /activities-[A-Za-z0-9_%~-]{1,140}\.ndjson/) == nil }
    #expect(strange == [])
    #expect(files["activities-%2F%2E%2E%2F%2E%2E%2Fstolen.ndjson"] == 1)
    #expect(files["activities-Zo%C3%AB.ndjson"] == 1)
  }

  @Test func aUserIsNotAPathEither() throws {
    try fixture.pymongo.run("db.users.insert_many([{'_id': '/../../stolen'}, {'_id': 5}])")
    let result = try fixture.printed(["users", "--split-by", "user", "-o", fixture.folder.path("folder")])
    #expect(result.exitCode == 0)
    #expect(try fixture.names() == ["folder", "keys.json"])
    #expect(result.files.count == 3 && result.total.written == 2)
  }
}
