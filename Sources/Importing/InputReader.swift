import Findings
import SourceText
import StoreAccess
import StravaRecords

/// Something of the inputs, in the order in which it is read.
enum InputPart: Sendable {
  /// An input begins; its name.
  case input(String)
  case batch(RecordBatch)
  /// What is wrong with an input as a whole.
  case finding(Finding)
}

/// Reads the inputs of an import into batches of whole records.
struct InputReader: Sendable {
  private let paths: [String]
  private let partition: Partition?
  private let cancellation: Cancellation
  private let progress: ImportProgress

  init(_ options: ImportOptions, _ cancellation: Cancellation, _ progress: ImportProgress) {
    paths = options.paths
    partition = options.partition
    self.cancellation = cancellation
    self.progress = progress
  }

  /// Reads until there is no more, or the import is to stop.
  func read(_ push: (InputPart) -> Void) {
    let framing = Framing.strava
    let inputs = InputSet(paths: paths)
    progress.begin(totalBytes: inputs.totalBytes)
    inputs.forEachSource { finding in
      if partition?.tells(finding, named: paths) ?? true { push(.finding(finding)) }
    } body: { source in
      push(.input(source.name))
      var framer = RecordFramer(source, framing: framing)
      while !cancellation.isRequested, let batch = framer.next() {
        push(.batch(partition.map { batch.share(of: $0, place: source.place) } ?? batch))
        progress.advance(toByte: source.storedBytesRead)
      }
      return !cancellation.isRequested
    }
  }
}
