import Foundation
import Support

/// The same three records in every kind of file and wrapper that dumps have.
struct SameRecords {
  /// Two summaries and a detail, with numbers and characters that a conversion might change.
  static let records = [
    #"{"resource_state":2,"athlete":{"id":900000021,"resource_state":1},"name":"One \u00e9 \ud83d\ude80","#
      + #""distance":1000.10,"moving_time":300,"elapsed_time":310,"total_elevation_gain":0,"type":"Run","#
      + #""sport_type":"TrailRun","id":90000050001,"start_date":"2024-05-01T06:30:00Z","#
      + #""start_date_local":"2024-05-01T08:30:00Z","utc_offset":7200.0,"$odd":{"a.b":9007199254740993}}"#,
    #"{"resource_state":2,"athlete":{"id":900000022,"resource_state":1},"name":"Two, [with] {brackets}","#
      + #""distance":82.299999999999997,"moving_time":1,"elapsed_time":1,"type":"Ride","id":90000050002,"#
      + #""start_date":"2024-05-02T06:30:00Z","start_latlng":[],"map":{}}"#,
    #"{"resource_state":3,"athlete":{"id":900000021,"resource_state":1},"name":"Three","distance":5,"#
      + #""moving_time":2,"elapsed_time":2,"type":"Swim","sport_type":"Swim","id":90000050003,"#
      + #""start_date":"2024-05-03T06:30:00Z","laps":[],"segment_efforts":null,"calories":1e2}"#,
  ]

  private static let ids = ["90000050001", "90000050002", "90000050003"]

  private static var lines: String { records.map { $0 + "\n" }.joined() }
  private static var array: String { "[" + records.joined(separator: ",") + "]" }

  private static func pretty(_ text: String) -> String { text.replacing(",\"", with: ",\n  \"") }

  /// Writes each wrapping into a file or folder.
  /// - Returns: The paths.
  static func write(into folder: TemporaryFolder) throws -> [String] {
    var paths: [String] = []
    func add(_ name: String, _ text: String) throws { paths.append(try folder.write(text, to: name)) }
    try add("array.json", array)
    try add("pretty-array.json", "[\n" + records.map(pretty).joined(separator: ",\n") + "\n]\n")
    try add("nested-arrays.json", "[[\(records[0])],[],[[\(records[1])],\(records[2])]]")
    try add("several-arrays.json", "[\(records[0]),\(records[1])]\n[\(records[2])]")
    try add("lines.ndjson", lines)
    try add("crlf.ndjson", lines.replacing("\n", with: "\r\n"))
    try add("no-last-break.ndjson", records.joined(separator: "\n"))
    try add("concatenated.json", records.joined())
    try add("pretty-objects.json", records.map(pretty).joined(separator: "\n"))
    try add("mark.json", "\u{FEFF}" + array)
    try add("mark.ndjson", "\u{FEFF}" + lines)
    try add("spaces.json", " \t\r\n" + array.replacing("},{", with: "} \n , \t {") + "\n\n ")
    try add("data.ndjson", records.map { #"{"stream":"activities","data":\#($0),"emitted_at":1}"# + "\n" }.joined())
    try add(
      "payload.json",
      "["
        + zip(ids, records).map { #"{"activity":\#($0),"payload":\#($1),"received_at":"2024-05-04"}"# }
        .joined(separator: ",") + "]")
    try add(
      "response.json",
      records.map { #"{"request":{"method":"GET"},"response":\#($0),"captured_at":null}"# }.joined(separator: "\n"))
    try add("member.json", #"{"page":1,"activities":\#(array),"more":false}"#)
    try add("several-kinds.json", #"{"stats":{"recent_run_totals":{"count":0}},"activities":\#(array)}"#)
    try add("by-id.json", "{" + zip(ids, records).map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}")
    try add(
      "with-streams.json",
      records.map { #"{"activity":\#($0),"streams":{"time":{"data":[0,1],"original_size":2}}}"# }.joined())
    for (id, record) in zip(ids, records) { try folder.write(record, to: "folder/inner/\(id).json") }
    try folder.write("not to be read", to: "folder/README.txt")
    paths.append(folder.path("folder"))
    paths.append(try folder.write(zstd(Array(lines.utf8)), to: "lines.ndjson.zst"))
    return try paths + pack(folder)
  }

  /// Returns a zstd frame of one raw block (RFC 8878).
  private static func zstd(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt32(bytes.count)
    let block = count << 3 | 1
    return [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + (0..<4).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
      + (0..<3).map { UInt8(truncatingIfNeeded: block >> ($0 * 8)) } + bytes
  }

  private static func pack(_ folder: TemporaryFolder) throws -> [String] {
    let program = """
      import bz2, gzip, lzma, sys, tarfile, zipfile
      folder = sys.argv[1]
      lines = open(f"{folder}/lines.ndjson", "rb").read()
      half = lines.index(b"\\n") + 1
      open(f"{folder}/lines.ndjson.gz", "wb").write(gzip.compress(lines[:half]) + gzip.compress(lines[half:]))
      open(f"{folder}/lines.ndjson.bz2", "wb").write(bz2.compress(lines))
      open(f"{folder}/lines.ndjson.xz", "wb").write(lzma.compress(lines))
      with zipfile.ZipFile(f"{folder}/dump.zip", "w", zipfile.ZIP_DEFLATED) as archive:
          archive.write(f"{folder}/array.json", "dump/array.json")
          archive.writestr("dump/notes.txt", "not to be read")
      for name, mode in ("dump.tar", "w"), ("dump.tar.gz", "w:gz"):
          with tarfile.open(f"{folder}/{name}", mode) as archive:
              archive.add(f"{folder}/folder", "dump")
      """
    let outcome = try Command(try Checkout.inVenv("python"), ["-c", program, folder.path]).run()
    guard outcome.exitCode == 0 else { throw HarnessError(outcome.errors) }
    return ["lines.ndjson.gz", "lines.ndjson.bz2", "lines.ndjson.xz", "dump.zip", "dump.tar", "dump.tar.gz"]
      .map(folder.path)
  }
}
