import Foundation
import Support
import Testing

/// `--split-by` into more files than are open at the same time: each is whole and in the order of `_id`, whatever order
/// its documents come in, and neither open files nor memory grow with the number of files.
@Suite(.waitingLong) struct ExportManyFilesTests {
  private static let users = 300
  private static let each = 40

  /// Users follow each other in the order of `_id`; what waits in memory goes out more than once.
  private static let bench = Result {
    let bench = try ExportFixture()
    try bench.pymongo.run(
      """
      import random
      random.seed(11)
      texts = ["".join(random.choices("abcdefghij ,\\"\\n", k=4000)) for _ in range(50)]
      for round in range(\(each)):
          db.activities.insert_many([
              {"_id": round * 1000 + user, "user_id": user, "name": f"{round} of {user}",
               "description": random.choice(texts)} for user in random.sample(range(\(users)), \(users))])
      """)
    return bench
  }

  @Test(arguments: [
    ("ndjson", []), ("json", ["--compress", "gz"]), ("csv", ["--compress", "zst"]), ("ndjson", ["--compress", "gz"]),
    ("json", ["--compress", "zst"]), ("csv", []),
  ])
  func everyFileIsWhole(format: String, options: [String]) throws {
    let bench = try Self.bench.get()
    let folder = try TemporaryFolder()
    let path = folder.path("folder")
    let command = try bench.command(
      ["activities", "--split-by", "user", "--format", format, "--json", "-o", path] + options)
    // As many descriptors as the files that may be open, and what the program needs besides.
    let bounded = Command(
      "/bin/sh", ["-c", #"ulimit -n 168 && exec "$0" "$@""#, command.executable] + command.arguments,
      environment: command.environment, directory: bench.folder.path)
    let (outcome, peak, _) = try bounded.measured()
    let printed = try bench.read(outcome)
    #expect(printed.exitCode == 0, "\(outcome.errors)")
    #expect(printed.total.written == Self.users * Self.each)
    #expect(printed.files.count == Self.users + 1)
    let sorted = printed.files.dropLast().map(\.path)
    #expect(sorted == sorted.sorted())
    #expect(Sanitizer.isOn || peak < 160 << 20, "\(peak >> 20) MiB")
    let told = try bench.pymongo.run(file: "split_files.py", [path, format]).split(separator: "\n").map(String.init)
    #expect(told.count == 2 && told.first == "files \(Self.users)", "\(told)")
    // What was open at first was opened again.
    let members = Int(told.dropFirst().first?.split(separator: " ").last ?? "") ?? 0
    #expect(options.isEmpty ? members == 0 : 2...10 ~= members, "\(told)")
    let sums = try Command("/usr/bin/sha256sum", ["--check", "--quiet", "SHA256SUMS"], directory: path).run()
    #expect(sums.exitCode == 0, "\(sums.errors)")
  }

  /// Few labels: one member each, however their documents alternate.
  @Test func fewFilesStayOpen() throws {
    let bench = try ExportFixture()
    try bench.pymongo.run(
      "db.activities.insert_many([{'_id': n, 'user_id': n % 12, 'name': 'x' * 9000} for n in range(3000)])")
    let path = bench.folder.path("folder")
    let printed = try bench.printed(["activities", "--split-by", "user", "--compress", "zst", "-o", path])
    #expect(printed.exitCode == 0)
    let told = try bench.pymongo.run(file: "split_files.py", [path, "ndjson"])
    #expect(told == "files 12\nmembers 1\n")
  }
}
