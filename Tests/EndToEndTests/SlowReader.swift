import Foundation
import Support

/// An export whose reader stops in the middle until the file `go` exists in the fixture's folder.
extension ExportFixture {
  private static let reading = """
    import pathlib, subprocess, sys, time
    folder, *command = sys.argv[1:]
    export = subprocess.Popen(command, stdout=subprocess.PIPE)
    head = export.stdout.read(200_000)
    pathlib.Path(folder, "reading").touch()
    while not pathlib.Path(folder, "go").exists(): time.sleep(0.005)
    rest = export.stdout.read()
    code = export.wait()
    with open(f"{folder}/copy", "wb") as copy: copy.write(head + rest)
    sys.exit(code)
    """

  /// - Returns: The reader, once it has stopped. It ends with the export's exit code.
  func slowlyRead(_ export: Command) throws -> RunningCommand {
    let running = try Command(
      try Checkout.inVenv("python"), ["-c", Self.reading, folder.path, export.executable] + export.arguments,
      environment: export.environment
    ).start()
    while running.isRunning, !FileManager.default.fileExists(atPath: folder.path("reading")) { usleep(5000) }
    return running
  }

  /// This is more than the pipeline and the cursor hold.
  static let filling = 14_000

  func fill() throws {
    try pymongo.run(
      """
      text = "x" * 2000
      for start in range(0, \(Self.filling), 1000):
          db.activities.insert_many([{"_id": n, "strava_activity_id": n, "description": text} for n in range(start, start + 1000)])
      """)
  }

  /// Returns the `_id` of each complete document in the output of an export of `_id` and `description`.
  func copiedIDs() throws -> [Int?] {
    let copy = try String(decoding: folder.read("copy"), as: UTF8.self)
    return copy.split(separator: "\n").filter { $0.hasSuffix("}") }.map { Int($0.dropFirst(7).prefix { $0 != "," }) }
  }
}
