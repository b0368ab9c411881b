import Findings
import SourceText
import StoreAccess
import StravaRecords

/// The results of the inputs, in the order of the inputs.
enum WorkedPart: Sendable {
  case input(String, isNamed: Bool)
  case batch(WorkedBatch)
  case finding(Finding)
}

extension RecordWorker: PipelineWorker {
  typealias Input = InputPart
  typealias Output = WorkedPart

  mutating func work(_ part: InputPart, _ emit: (WorkedPart) -> Void) {
    switch part {
    case .input(let name, let isNamed): emit(.input(name, isNamed: isNamed))
    case .finding(let finding): emit(.finding(finding))
    case .batch(let batch): work(batch) { emit(.batch($0)) }
    }
  }
}

/// A collector that adds up an import's counts and passes on its findings, in the order of the inputs.
struct ImportAccount {
  private let options: ImportOptions
  private let progress: ImportProgress
  private let log: RejectLog
  private let begin: (String) -> Void
  private var file: FolderFile
  private(set) var tally = Tally()

  /// - Parameter begin: A function that is called with each input's name before its findings.
  init(_ options: ImportOptions, _ progress: ImportProgress, _ log: RejectLog, begin: @escaping (String) -> Void) {
    self.options = options
    self.progress = progress
    self.log = log
    self.begin = begin
    file = FolderFile(keepsRejections: options.rejects != nil)
  }

  mutating func add(_ part: WorkedPart) {
    switch part {
    case .input(let name, let isNamed):
      endFile()
      begin(name)
      file.begin(name, isNamed: isNamed)
    case .finding(let finding): add(finding)
    case .batch(let worked):
      progress.add(records: worked.tally.total.read, textBytes: worked.textBytes)
      for worked in file.admit(worked) { add(worked) }
    }
  }

  /// Ends the inputs.
  ///
  /// - Parameter isWhole: True if all inputs were read completely.
  mutating func end(isWhole: Bool) {
    endFile()
    // A folder from which nothing was read is most likely the wrong one.
    guard isWhole, file.foreign > 0, file.others == 0 else { return }
    let files = file.foreign == 1 ? "1 file contains" : "\(file.foreign) files contain"
    report(
      Finding(.nothingToRead, "no Strava data found: \(files) other JSON; check the path", file: options.paths.first))
  }

  private mutating func endFile() {
    guard let (foreign, warning) = file.end() else { return }
    tally.merge(foreign)
    if let warning { report(warning) }
  }

  /// Reports a finding about a whole input, which only one of several importers does.
  private func report(_ finding: Finding) {
    if options.partition?.reports(finding, named: []) ?? true { add(finding) }
  }

  private func add(_ finding: Finding) {
    if let weighed = options.rules.weighed(finding) { log.findings.add(weighed) }
  }

  private mutating func add(_ worked: WorkedBatch) {
    for event in worked.events {
      switch event {
      case .finding(let finding): log.findings.add(finding)
      case .rejected(let rejection): log.add(rejection)
      case .note(let key, let origin):
        guard tally.notes.tallies[key] == nil else { continue }
        let pointer = worked.tally.notes.tallies[key]?.example
        log.findings.showUncounted(origin.located(Finding(key.rule, key.message, severity: .note, pointer: pointer)))
      }
    }
    log.findings.add(worked.counted, file: worked.file)
    tally.merge(worked.tally)
    if options.errorLimit.isExceeded(errors: log.findings.errors, records: tally.total.read) {
      log.findings.cancellation.request(.errorLimit)
    }
  }
}
