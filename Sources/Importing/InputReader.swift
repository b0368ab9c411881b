import Findings
import SourceText
import StoreAccess
import StravaRecords

/// An event of reading the inputs, in the order of the input.
enum InputPart: Sendable {
  /// An input begins. The values are its name, and whether the user named it directly rather than a folder that
  /// contains it.
  case input(String, isNamed: Bool)
  case batch(RecordBatch)
  /// A finding about an input as a whole.
  case finding(Finding)
}

/// A reader that divides the inputs of an import into batches of whole records.
struct InputReader: Sendable {
  let paths: [String]
  private let selection: InputSelection
  let partition: Partition?
  private let framing: Framing
  let cancellation: Cancellation
  let athlete: Int64?
  let athleteName: String
  private let progress: ImportProgress

  /// - Parameter remainingFindings: A function that returns how many more errors are shown. The others are only
  ///   counted.
  init(
    _ options: ImportOptions, _ cancellation: Cancellation, _ progress: ImportProgress,
    remainingFindings: @escaping @Sendable () -> Int
  ) {
    var framing = Framing.strava
    // Importers of several partitions each count only their own share.
    if options.partition == nil { framing.remainingFindings = remainingFindings }
    self.framing = framing
    selection = options.selection
    paths = options.paths
    partition = options.partition
    athlete = options.athlete
    athleteName = options.athleteName
    self.cancellation = cancellation
    self.progress = progress
  }

  /// Reads until the inputs end or the import is to stop.
  func read(_ push: (InputPart) -> Void) {
    let inputs = InputSet(paths: paths, selection: selection)
    progress.begin(totalBytes: inputs.totalBytes)
    inputs.forEachSource { finding in
      if partition?.reports(finding, named: paths) ?? true { push(.finding(finding)) }
    } body: { source in
      push(.input(source.name, isNamed: source.isNamed))
      if isArchiveTable(source) {
        readArchiveTable(source, push)
      } else {
        var framer = RecordFramer(source, framing: framing)
        while !cancellation.isRequested, let batch = framer.next() { self.push(batch, of: source, push) }
      }
      return !cancellation.isRequested
    }
  }

  /// Passes on this importer's share of a batch.
  func push(_ batch: RecordBatch, of source: ByteSource, _ push: (InputPart) -> Void) {
    push(
      .batch(
        partition.map { batch.share(of: $0, relativePath: source.relativePath, keepsOthers: !source.isNamed) } ?? batch)
    )
    progress.advance(toByte: source.storedBytesRead)
  }
}
