import BSON
import FieldCrypto
import Sealing
import StoreAccess

/// The state of all data keys of a database at one moment.
struct KeyCensus {
  struct Entry {
    let id: KeyID
    let athlete: Int64
    let version: Int32
    let createdAt: BSONDate
    let retiredAt: BSONDate?

    /// Returns the reason why `retired_at` is not usable as the time of retirement; nil if it is usable or missing.
    func misdating(at now: BSONDate) -> String? {
      guard let retiredAt else { return nil }
      if retiredAt < createdAt { return "its retired_at is before its created_at" }
      return retiredAt > now ? "its retired_at is in the future by the clock of the server" : nil
    }
  }

  /// The minimum time between the retirement of a data key, or the rotation of a master key, and its deletion, in
  /// milliseconds: 24 hours.
  static let rest: Int64 = 24 * 60 * 60 * 1000

  /// The keys that can be decrypted, ordered by athlete and version.
  private(set) var entries: [Entry] = []
  /// The indexes of each athlete's newest key among them.
  private(set) var newest: [Int] = []
  private(set) var unreadable = 0
  /// The newest version of each athlete's keys that cannot be decrypted. A key without a version counts as the newest.
  private var damaged: [Int64: Int32] = [:]
  /// The numbers of data keys by the master key that wraps them.
  private(set) var byMaster: [KeyID: Int] = [:]

  /// Reads and decrypts the data keys.
  ///
  /// - Parameters:
  ///   - athlete: The athlete whose keys are read; nil for all athletes.
  ///   - reports: A function that makes a finding about a key that cannot be decrypted.
  static func take(of athlete: Int64? = nil, _ tools: KeysTools, reports: Bool = false) throws -> KeyCensus {
    var census = KeyCensus()
    let wanted = BSONDocument { filter in if let athlete { filter.append("strava_id", athlete) } }
    var scan = DocumentScan(tools.session, Collections.dataKeys, ScanQuery(filter: wanted))
    while true {
      try tools.checkCancellation()
      let batch = try scan.next(upTo: 1000)
      if batch.isEmpty { break }
      for document in batch { census.add(document, tools, reports) }
    }
    census.entries.sort { ($0.athlete, $0.version) < ($1.athlete, $1.version) }
    census.findNewest()
    return census
  }

  private mutating func findNewest() {
    newest = entries.indices.filter { $0 + 1 == entries.count || entries[$0 + 1].athlete != entries[$0].athlete }
  }

  mutating func leaveOut(_ athletes: Set<Int64>) {
    if athletes.isEmpty { return }
    entries.removeAll { athletes.contains($0.athlete) }
    findNewest()
  }

  private mutating func add(_ document: BSONDocument, _ tools: KeysTools, _ reports: Bool) {
    do {
      let stored = try document.withView { try DataKeyDocument($0) }
      byMaster[stored.wrappedUnder ?? stored.master, default: 0] += 1
      _ = try stored.decrypt(tools.keys)
      entries.append(
        Entry(
          id: stored.id, athlete: stored.stravaID, version: stored.version, createdAt: stored.createdAt,
          retiredAt: stored.retiredAt))
    } catch {
      unreadable += 1
      let key = document.withView { DamagedDataKey($0, StoreFailure(error)) }
      if let athlete = key.athlete { damaged[athlete] = max(damaged[athlete] ?? 0, key.version ?? .max) }
      if reports { tools.log.add(key.finding) }
    }
  }

  /// Athletes whose newest key cannot be decrypted, so that it is unknown which version comes next.
  var blocked: Set<Int64> {
    let versions = Dictionary(newest.map { (entries[$0].athlete, entries[$0].version) }) { $1 }
    return Set(damaged.filter { $0.value > versions[$0.key] ?? 0 }.keys)
  }

  var athletes: Int { newest.count }

  /// The keys that are not their athletes' newest.
  var older: [Entry] {
    let sealing = Set(newest)
    return entries.indices.filter { !sealing.contains($0) }.map { entries[$0] }
  }

  /// Returns the keys that may be deleted by now, if nothing needs them.
  ///
  /// - Parameter now: The current time by the server's clock.
  func due(at now: BSONDate) -> [Entry] {
    older.filter { entry in
      guard let retired = entry.retiredAt, entry.misdating(at: now) == nil else { return false }
      return now.milliseconds(since: retired) >= Self.rest
    }
  }

  func counts(at now: BSONDate) -> KeysSummary.DataKeys {
    let older = older
    var counts = KeysSummary.DataKeys()
    counts.total = entries.count + unreadable
    counts.athletes = athletes
    counts.sealing = newest.count
    counts.superseded = older.count { $0.retiredAt == nil }
    counts.retired = older.count - counts.superseded
    counts.due = due(at: now).count
    counts.unreadable = unreadable
    return counts
  }
}
