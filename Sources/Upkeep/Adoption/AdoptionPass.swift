import BSON
import Findings
import Foundation
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// A pass over the documents of one collection that brings them into a form, or counts what that would change.
///
/// Each change is written as compare-and-set and read back, so that no write of the running backend is lost. The pass
/// keeps no state: a document in the form needs no change, so a stopped pass is continued by another one.
final class AdoptionPass<Fields: FormChange> {
  /// Maximum number of attempts for a document that other processes keep changing.
  private static var rounds: Int { 50 }

  private let name: String
  private let session: StoreSession
  private let options: MigrationOptions
  private let progress: DocumentProgress
  private let log: FindingLog
  private let fields: ([BSONDocument]) throws -> (BSONView) -> Fields
  private var counts = MigrationCounts()
  private var ownerless = 0
  private var writer: ChangeWriter

  /// - Parameters:
  ///   - fields: A function that looks up what the changes of some documents need, and returns a function that computes
  ///     the change of each.
  init(
    _ name: String, _ context: JobContext<DocumentProgress>, _ options: MigrationOptions,
    fields: @escaping ([BSONDocument]) throws -> (BSONView) -> Fields
  ) {
    self.name = name
    self.fields = fields
    session = context.session
    self.options = options
    progress = context.progress
    log = context.findings
    writer = ChangeWriter(name, session)
  }

  /// Runs the pass. A failure is reported in the log and ends it.
  func run() -> MigrationCounts {
    do {
      try adoptAll()
    } catch {
      log.fail(unlessStopped: error)
    }
    if ownerless > 0 {
      log.add(
        Finding(
          .noOwner,
          "\(ownerless) \(ownerless == 1 ? "document names" : "documents name") no athlete: neither "
            + "athlete_id, user_id nor raw_data.athlete.id is one", document: name))
    }
    let missing = counts.values.values.reduce(0, +)
    if options.task == .adoptVerify, missing > 0 {
      let paths = counts.values.sorted { $0.key < $1.key }.map { "\($0.value) lack \($0.key.dropFirst())" }
      log.add(
        Finding(.notAdopted, "of the activities, \(paths.joined(separator: ", "))", document: name))
    }
    counts.unfinished = counts.read - counts.changed - counts.unchanged - counts.left - counts.gone
    return counts
  }

  private func adoptAll() throws {
    let total = try session.retrying("counting \(name)") { try collection().estimatedCount() }
    progress.begin(name, total: total)
    var query = ScanQuery()
    query.fields = Fields.sources
    var scan = DocumentScan(session, name, query)
    let pace = CollectionPass.Pace(batchSize: options.batchSize, maxRate: options.maxRate)
    while !session.cancellation.isRequested {
      let batch = try scan.next(upTo: pace.documents)
      if batch.isEmpty { break }
      let (began, before) = (Clock.monotonic, writer.writes)
      counts.read += batch.count
      try adopt(batch)
      progress.advance(by: batch.count)
      pace.wait(after: writer.writes - before, since: began, session.cancellation)
    }
  }

  private func collection() throws -> MongoCollection {
    try session.client().collection(name, in: session.database)
  }

  // MARK: Documents

  private func adopt(_ batch: [BSONDocument]) throws {
    var open = batch
    var done: Set<BSONValue> = []
    var round = 0
    while round < Self.rounds, !open.isEmpty {
      if round > 0, !session.cancellation.isRequested {
        Thread.sleep(forTimeInterval: Double.random(in: 0...0.002) * Double(round))
      }
      let changes = try changes(of: open, done)
      open = []
      if changes.isEmpty || (round > 0 && session.cancellation.isRequested) { return }
      let (refused, isSettled) = try writer.write(changes)
      if isSettled || session.cancellation.isRequested { round += 1 }
      let now = try documents(changes.map(\.id))
      for change in changes {
        if let error = refused[change.id] {
          counts.left += 1
          try report(error, change)
        } else if let document = now[change.id] {
          if change.isPresent(in: document) {
            done.insert(change.id)
            counts.add(change)
          } else if isSettled {
            counts.retried += 1
          }
          open.append(document)
        } else {
          counts.gone += 1
        }
      }
    }
    for document in open {
      counts.left += 1
      log.add(
        Finding(
          .keepsChanging, "other programs keep changing the document; run the command again", severity: .error,
          document: (document["_id"] ?? .null).name(in: name), pointer: ""))
    }
  }

  /// Returns the changes to write. Documents that need none are counted here.
  private func changes(of documents: [BSONDocument], _ done: Set<BSONValue>) throws -> [DocumentChange] {
    let fields = try fields(documents)
    return documents.compactMap { document in
      document.withView { view in
        let fields = fields(view)
        if !fields.change.isEmpty, options.task == .adopt || options.task == .finish { return fields.change }
        counts.add(fields.change)
        if let fault = fields.fault {
          var finding = fault
          finding.document = view.name(in: name)
          log.add(finding)
        }
        if fields.isOwnerless { ownerless += 1 }
        if fields.fault != nil || fields.isOwnerless || (options.task == .adoptVerify && !fields.change.isEmpty) {
          counts.left += 1
        } else if done.contains(fields.change.id) || !fields.change.isEmpty {
          counts.changed += 1
        } else {
          counts.unchanged += 1
        }
        return nil
      }
    }
  }

  private func documents(_ ids: [BSONValue]) throws -> [BSONValue: BSONDocument] {
    var found: [BSONValue: BSONDocument] = [:]
    try session.find(ids, by: "_id", in: name, fields: Fields.sources) { view in
      let document = BSONDocument(copying: view.bytes)
      if let id = document["_id"] { found[id] = document }
    }
    return found
  }

  // MARK: Refusals

  private func report(_ error: WriteError, _ change: DocumentChange) throws {
    let document = change.id.name(in: name)
    guard error.kind == .duplicateKey, let id = change.newID else {
      return log.add(
        Finding(
          .serverRefused, "the server rejected the document: \(error.message)", severity: .error, document: document,
          pointer: ""))
    }
    var others: Set<String> = []
    for field in ["strava_activity_id", "strava_id"] {
      try session.find([id], by: field, in: name, fields: ["_id"]) { view in
        let other = view.name(in: name)
        if other != document { others.insert(other) }
      }
    }
    log.add(
      Finding(
        .sameActivity,
        "another document has the same activity: \(others.sorted().joined(separator: ", ")); merge the "
          + "two or delete one", document: document, pointer: ""))
  }
}

extension DocumentChange {
  /// The Strava id that the change adds; nil if it adds none.
  fileprivate var newID: BSONValue? {
    fields.first { $0.name == "strava_activity_id" || $0.name == "strava_id" }?.new
  }
}

extension MigrationCounts {
  /// Adds the fields that a change adds to the counts.
  fileprivate mutating func add(_ change: DocumentChange) {
    for field in change.fields { values["/\(field.name)", default: 0] += 1 }
  }
}
