import Findings
import StoreAccess
import StravaRecords

/// What comes of the inputs, in the order of the inputs.
enum WorkedPart: Sendable {
  case input(String)
  case batch(WorkedBatch)
  case finding(Finding)
}

extension RecordWorker: PipelineWorker {
  typealias Input = InputPart
  typealias Output = WorkedPart

  mutating func work(_ part: InputPart, _ emit: (WorkedPart) -> Void) {
    switch part {
    case .input(let name): emit(.input(name))
    case .finding(let finding): emit(.finding(finding))
    case .batch(let batch): work(batch) { emit(.batch($0)) }
    }
  }
}

/// Adds up an import's counts and hands on its findings, in the order of the inputs.
struct ImportAccount {
  private let options: ImportOptions
  private let progress: ImportProgress
  private let log: RejectLog
  private let begin: (String) -> Void
  private(set) var tally = Tally()

  /// - Parameter begin: called with each input's name before its findings.
  init(_ options: ImportOptions, _ progress: ImportProgress, _ log: RejectLog, begin: @escaping (String) -> Void) {
    self.options = options
    self.progress = progress
    self.log = log
    self.begin = begin
  }

  mutating func add(_ part: WorkedPart) {
    switch part {
    case .input(let name): begin(name)
    case .finding(let finding): if let weighed = options.rules.weighed(finding) { log.findings.add(weighed) }
    case .batch(let worked): add(worked)
    }
  }

  private mutating func add(_ worked: WorkedBatch) {
    for event in worked.events {
      switch event {
      case .finding(let finding): log.findings.add(finding)
      case .rejected(let rejection): log.add(rejection)
      case .note(let key, let origin):
        guard tally.notes.tallies[key] == nil else { continue }
        let pointer = worked.tally.notes.tallies[key]?.example
        log.findings.tell(origin.located(Finding(key.rule, key.message, severity: .note, pointer: pointer)))
      }
    }
    tally.merge(worked.tally)
    progress.add(records: worked.tally.total.read, textBytes: worked.textBytes)
    if options.errorLimit.isExceeded(errors: log.findings.errors, records: tally.total.read) {
      log.findings.cancellation.request(.errorLimit)
    }
  }
}
