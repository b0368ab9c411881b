import Foundation
import Support
import Testing

/// `--split-by` into more files than are open at the same time: each file is complete and in the order of `_id`,
/// whatever the order of the documents, and neither open files nor memory grow with the number of files.
@Suite(.waitingLong) struct ExportManyFilesTests {
  private static let users = 300
  private static let each = 40

  /// Users follow each other in the order of `_id`; the buffers in memory are written more than once.
  private static let fixture = Result {
    let fixture = try ExportFixture()
    try fixture.pymongo.run(
      """
      import random
      random.seed(11)
      texts = ["".join(random.choices("abcdefghij ,\\"\\n", k=4000)) for _ in range(50)]
      for round in range(\(each)):
          db.activities.insert_many([
              {"_id": round * 1000 + user, "user_id": user, "name": f"{round} of {user}",
               "description": random.choice(texts)} for user in random.sample(range(\(users)), \(users))])
      """)
    return fixture
  }

  @Test(arguments: [
    ("ndjson", []), ("json", ["--compress", "gz"]), ("csv", ["--compress", "zst"]), ("ndjson", ["--compress", "gz"]),
    ("json", ["--compress", "zst"]), ("csv", []),
  ])
  func everyFileIsWhole(format: String, options: [String]) throws {
    let fixture = try Self.fixture.get()
    let folder = try TemporaryFolder()
    let path = folder.path("folder")
    let command = try fixture.command(
      ["activities", "--split-by", "user", "--format", format, "--json", "-o", path] + options)
    // The limit is the number of files that may be open, and the descriptors that the program needs otherwise.
    let bounded = Command(
      "/bin/sh", ["-c", #"ulimit -n 168 && exec "$0" "$@""#, command.executable] + command.arguments,
      environment: command.environment, directory: fixture.folder.path)
    let (outcome, peak, _) = try bounded.measured()
    let printed = try fixture.read(outcome)
    #expect(printed.exitCode == 0, "\(outcome.errors)")
    #expect(printed.total.written == Self.users * Self.each)
    #expect(printed.files.count == Self.users + 1)
    let sorted = printed.files.dropLast().map(\.path)
    #expect(sorted == sorted.sorted())
    #expect(Sanitizer.isOn || peak < 160 << 20, "\(peak >> 20) MiB")
    let result = try fixture.pymongo.run(file: "split_files.py", [path, format]).split(separator: "\n").map(String.init)
    #expect(result.count == 2 && result.first == "files \(Self.users)", "\(result)")
    // Files that were open at first have been opened again.
    let members = Int(result.dropFirst().first?.split(separator: " ").last ?? "") ?? 0
    #expect(options.isEmpty ? members == 0 : 2...10 ~= members, "\(result)")
    let sums = try Command("/usr/bin/sha256sum", ["--check", "--quiet", "SHA256SUMS"], directory: path).run()
    #expect(sums.exitCode == 0, "\(sums.errors)")
  }

  /// With few labels, each file has one compressed member, however the documents alternate.
  @Test func fewFilesStayOpen() throws {
    let fixture = try ExportFixture()
    try fixture.pymongo.run(
      "db.activities.insert_many([{'_id': n, 'user_id': n % 12, 'name': 'x' * 9000} for n in range(3000)])")
    let path = fixture.folder.path("folder")
    let printed = try fixture.printed(["activities", "--split-by", "user", "--compress", "zst", "-o", path])
    #expect(printed.exitCode == 0)
    let result = try fixture.pymongo.run(file: "split_files.py", [path, "ndjson"])
    #expect(result == "files 12\nmembers 1\n")
  }
}
