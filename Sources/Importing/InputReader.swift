import Findings
import SourceText
import StoreAccess
import StravaRecords

/// Something of the inputs, in the order in which it is read.
enum InputPart: Sendable {
  /// An input begins; its name, and whether the user named it, and not a folder that it is in.
  case input(String, isNamed: Bool)
  case batch(RecordBatch)
  /// What is wrong with an input as a whole.
  case finding(Finding)
}

/// Reads the inputs of an import into batches of whole records.
struct InputReader: Sendable {
  private let paths: [String]
  private let selection: InputSelection
  private let partition: Partition?
  private let framing: Framing
  private let cancellation: Cancellation
  private let progress: ImportProgress

  /// - Parameter room: how many more errors are shown; the others are only counted.
  init(
    _ options: ImportOptions, _ cancellation: Cancellation, _ progress: ImportProgress,
    room: @escaping @Sendable () -> Int
  ) {
    var framing = Framing.strava
    // Importers of several partitions each count their share of all.
    if options.partition == nil { framing.room = room }
    self.framing = framing
    selection = options.selection
    paths = options.paths
    partition = options.partition
    self.cancellation = cancellation
    self.progress = progress
  }

  /// Reads until there is no more, or the import is to stop.
  func read(_ push: (InputPart) -> Void) {
    let inputs = InputSet(paths: paths, selection: selection)
    progress.begin(totalBytes: inputs.totalBytes)
    inputs.forEachSource { finding in
      if partition?.tells(finding, named: paths) ?? true { push(.finding(finding)) }
    } body: { source in
      push(.input(source.name, isNamed: source.isNamed))
      var framer = RecordFramer(source, framing: framing)
      while !cancellation.isRequested, let batch = framer.next() {
        push(.batch(partition.map { batch.share(of: $0, place: source.place, keepsOthers: !source.isNamed) } ?? batch))
        progress.advance(toByte: source.storedBytesRead)
      }
      return !cancellation.isRequested
    }
  }
}
