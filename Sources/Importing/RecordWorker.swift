import BSON
import FieldCrypto
import Findings
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// A worker that turns text into records: it converts each slice to BSON, detects its kind, checks it, and writes its
/// typed fields. Each worker thread has its own.
struct RecordWorker: ~Copyable {
  let options: ImportOptions
  let keys: IndexKey?
  private let sealing: SealingSession?
  private let digest: RecordDigest?
  private let remainingFindings: @Sendable (Severity) -> Int
  /// The number of findings of each severity that may still be shown.
  var left: [Int]
  /// The findings that are only counted.
  var counted = FindingCounts()
  var transcoder = JSONTranscoder(mark: KeyMark.of)
  var reader = RecordReader()
  // The state of the current batch, in addition to the documents that the transcoder keeps:
  private var fields = BSONWriter(capacity: 1 << 12)
  private var records: [PreparedRecord] = []
  var tally = Tally()
  var events: [WorkedBatch.Event] = []
  private var policy: SealingPolicy
  /// The arena of the batch.
  private var file = ""
  /// The most recent unrecognized objects of one array.
  var unrecognised: UnrecognisedRun?

  /// - Parameters:
  ///   - keys: The keys for digests; nil if nothing is keyed, in a dry run without rejects.
  ///   - sealing: The sealing session; nil in a dry run.
  ///   - remainingFindings: A function that returns how many more findings of a severity are shown.
  init(
    options: ImportOptions, keys: IndexKey?, sealing: SealingSession?,
    remainingFindings: @escaping @Sendable (Severity) -> Int
  ) {
    self.options = options
    self.keys = keys
    self.sealing = sealing
    policy = options.seal ?? .standard
    digest = keys.map(RecordDigest.init)
    self.remainingFindings = remainingFindings
    left = []
  }

  /// - Parameter pass: A function that takes the results of the batch in order, in several parts if there are many.
  mutating func work(_ batch: RecordBatch, _ pass: (WorkedBatch) -> Void) {
    if let sealing { policy = sealing.policy }
    left = [remainingFindings(.note), remainingFindings(.warning), remainingFindings(.error)]
    file = batch.file
    let othersAreForeign = othersAreForeign(in: batch)
    readAll(batch, pass, depth: 0)
    var last = rest(textBytes: batch.inputBytes)
    last.values = batch.slices.count + batch.others.count
    last.othersAreForeign = othersAreForeign
    pass(last)
  }

  mutating func readAll(_ batch: RecordBatch, _ pass: (WorkedBatch) -> Void, depth: Int) {
    var between = batch.findings[...]
    for slice in batch.slices {
      if !between.isEmpty { reportBetweenRecords(&between, before: batch.offset(of: slice)) }
      read(slice, of: batch, pass, depth: depth)
    }
    reportBetweenRecords(&between, before: .max)
    counted.merge(batch.counted)
  }

  /// Maximum number of waiting events: an object of 16 MiB may wrap millions of other objects.
  private static let mostEvents = 1 << 14

  /// Returns the batch, or the rest of it, and begins the next one.
  private mutating func rest(textBytes: Int) -> WorkedBatch {
    // The next batch needs about the same capacity.
    let count = fields.out.count
    let typed = exchange(&fields.out, with: ByteBuffer(capacity: count + count / 8))
    let prepared = PreparedBatch(
      records: exchange(&records, with: []), fields: SharedBytes(typed),
      documents: SharedBytes(transcoder.takeKept()))
    return takeEvents(textBytes: textBytes, prepared)
  }

  /// Returns the events so far. The records are kept, because they are in a document that is still being read.
  private mutating func takeEvents(textBytes: Int = 0, _ prepared: PreparedBatch = .empty) -> WorkedBatch {
    endRun()
    tally.notes = reader.takeNotes()
    return WorkedBatch(
      file: file, textBytes: textBytes, prepared: prepared, tally: exchange(&tally, with: Tally()),
      events: exchange(&events, with: []), counted: exchange(&counted, with: FindingCounts()))
  }

  /// Maximum depth of nested invalid wrappers that are searched for valid records.
  private static let deepestWrapper = 6

  /// - Parameter depth: The number of invalid wrappers around the slice.
  private mutating func read(
    _ slice: RecordSlice, of batch: RecordBatch, _ pass: (WorkedBatch) -> Void, depth: Int
  ) {
    if let oversized = slice.oversized {
      return reject(
        [Finding(.tooLarge, "the text of the record has \(oversized.bytes) bytes; at most 32 MiB can be read")], batch,
        slice, nil)
    }
    switch batch.oddity(of: slice) {
    case .values(let values): return reject(values, slice, batch)
    case .badRow(let finding): return rejectRow(finding, slice, batch)
    default: break
    }
    do throws(JSONError) {
      try batch.transcode(slice, with: &transcoder)
    } catch {
      guard depth < Self.deepestWrapper, let members = members(of: slice, batch, error) else {
        return unreadable(error, slice, batch)
      }
      for member in members { readAll(member, pass, depth: depth + 1) }
      return
    }
    if transcoder.marks & KeyMark.extended != 0 { readExtended(slice, batch) }
    let document = transcoder.document
    if transcoder.marks & KeyMark.reject != 0, document["strava_store_reject"] != nil,
      RecordKind.detect(document).kind != .activity
    {
      return reopen(slice, of: batch, pass)
    }
    let wrapperKeys = forEachRecord(
      in: document, outline: transcoder.outline, memberOfWrapper: batch.memberKey(of: slice)
    ) { found in
      take(found, found.enclosingAthlete ?? slice.owner, slice, batch)
      if events.count >= Self.mostEvents { pass(takeEvents()) }
    }
    for key in wrapperKeys {
      if key.nulls > 0 { rejectNulls(key, slice, batch) } else { note(key, slice, batch) }
    }
    if let inTexts = RecordsInTexts.finding(inMembers: wrapperKeys) { reject(inTexts, batch, slice) }
  }

  private mutating func take(
    _ found: FoundRecord, _ owner: Int64?, _ slice: RecordSlice, _ batch: RecordBatch, isEmbedded: Bool = false
  ) {
    let unknown = store(found, owner, slice, batch, isEmbedded: isEmbedded)
    if unknown.isEmpty { return }
    for activity in ActivitySearch(unknownMembers: unknown, of: found).found {
      take(activity, activity.enclosingAthlete ?? owner, slice, batch)
    }
  }

  /// - Returns: The members of the record that may contain other records.
  private mutating func store(
    _ found: FoundRecord, _ owner: Int64?, _ slice: RecordSlice, _ batch: RecordBatch, isEmbedded: Bool
  ) -> [UnknownMember] {
    let kind = found.detected.kind
    tally[kind].read += 1
    if isCounted(found, slice) { return [] }
    let known = reader.notes.keys.count
    let isOwned =
      kind != .athleteZones || owner != nil || options.athlete != nil || AthleteZones.nameAthlete(found.view)
    let reading =
      isOwned
      ? reader.read(found.view, found.detected, outline: found.outline, rules: options.rules)
      : reader.skip(found.view, found.detected, rules: options.rules)
    if reader.notes.keys.count > known { addNotes(from: known, slice, batch, found.pointer) }
    var findings = reading.findings
    if !isEmbedded, let unwanted = options.objection(to: kind) { findings.append(unwanted) }
    if kind == .unrecognised, let inTexts = RecordsInTexts.finding(in: found.view) { findings = [inTexts] }
    if kind.disposition != .stored || !isOwned {
      findings = options.rules.weighed(findings)
      if findings.contains(where: { $0.severity == .error }) {
        if !joinRun(findings, batch, slice, found) { reject(findings, batch, slice, found) }
        return reading.unknownMembers
      }
      for finding in findings { report(finding, batch, slice, found) }
      tally[kind].skipped += 1
      return reading.unknownMembers
    }
    var model = reading.model
    findings += own(&model, owner, key: found.pointer.split(separator: "/").last.map(String.init))
    let start = fields.out.count
    // Small records have few members, so no limit depends on their number.
    if !options.isDryRun || found.view.count > Self.small { model?.appendStoredFields(to: &fields) }
    let sealed = sealedValues(found, kind)
    findings += bounds(found.view, typed: fields.out.count - start, sealed: sealed)
    if !findings.isEmpty { findings = options.rules.weighed(findings) }
    // In a dry run, the finding that explains a missing model may have been reduced to a note.
    if findings.contains(where: { $0.severity == .error }) || model == nil && !options.isDryRun {
      fields.out.count = start
      reject(findings, batch, slice, found)
      return reading.unknownMembers
    }
    for finding in findings { report(finding, batch, slice, found) }
    if options.isDryRun {
      fields.out.count = start
      tally[kind].valid += 1
    } else if let model {
      prepare(model, start..<fields.out.count, found, isSealed: sealed > 0, slice, batch)
    }
    if kind == .token, let athlete = TokenResponse.embeddedAthlete(found.view) {
      take(athlete.inside(found), nil, slice, batch, isEmbedded: true)
    }
    return reading.unknownMembers
  }

  /// Gives an owner to an activity, a token or zones without an athlete. A record's own athlete is compared with
  /// `--athlete`.
  ///
  /// - Parameter key: The key of the record in its wrapper.
  private func own(_ model: inout Model?, _ owner: Int64?, key: @autoclosure () -> String?) -> [Finding] {
    guard let athletic = model, let claim = athletic.athleteClaim else { return [] }
    if case .athlete(let named) = claim {
      guard let wanted = options.athlete, wanted != named else { return [] }
      let message = "the record belongs to another athlete than \(options.athleteName) \(wanted)"
      return [Finding(.otherAthlete, message, pointer: "/athlete")]
    }
    guard let athlete = owner ?? options.athlete else {
      return [athletic.withoutAthlete(key: key(), options.athleteName)]
    }
    switch athletic {
    case .activity(let ownerless):
      var activity = ownerless.value
      activity.athleteID = athlete
      model = .activity(Box(activity))
    case .token(var token):
      token.athleteID = athlete
      model = .token(token)
    case .athleteZones(var zones):
      zones.athleteID = athlete
      model = .athleteZones(zones)
    case .athlete, .insight: break
    }
    return []
  }

  /// Returns how many values become envelopes, raw and typed. Every typed value has a raw one at the same depth or
  /// below. For small records the result only shows whether there are any.
  private func sealedValues(_ found: FoundRecord, _ kind: RecordKind) -> Int {
    let record = found.view
    let isSmall = record.count <= Self.small
    if options.isDryRun, isSmall { return 0 }
    switch kind {
    case .athlete, .token: return RecordSchema.of(kind)?.fields.count ?? 0
    // Three tables, and the typed fields.
    case .exportProfile: return 3 + RecordSchema.profileFields.count
    // The whole record and its typed field become envelopes.
    case .athleteZones where policy.classes.contains(.health): return 2
    default:
      if RecordKeys.classes(of: transcoder.marks).isDisjoint(with: policy.classes) { return 0 }
      if isSmall { return policy.classes.coverAny(in: record, outline: found.outline, inner: innerClasses) ? 1 : 0 }
      return 2 * policy.classes.valueCount(in: record)
    }
  }

  /// Returns the classes that values nested inside the text's own keys may have.
  private var innerClasses: SensitivityClasses { RecordKeys.classes(of: transcoder.innerMarks) }

  /// Reports records that do not fit into a document, before the server refuses them.
  ///
  /// - Parameter typed: The number of bytes of the typed fields.
  private func bounds(_ record: BSONView, typed: Int, sealed: Int) -> [Finding] {
    let deepest = JSONTranscoder.maxRecordDepth
    if transcoder.depth > deepest, let pointer = record.pointer(deeperThan: deepest) {
      return [Finding(.tooDeep, "the record is nested deeper than \(deepest) levels", pointer: pointer)]
    }
    let size = record.count + typed + Self.overhead + sealed * Self.envelope
    if size > BSONLimits.documentSize {
      let message = "the document would have \(size) bytes; MongoDB accepts at most \(BSONLimits.documentSize)"
      return [Finding(.tooLarge, message, pointer: "")]
    }
    return []
  }

  /// An upper estimate of a document's bytes without typed fields and raw data: ids, times, `source` with a long path.
  private static let overhead = 8192
  /// Maximum number of bytes of a record that no sealing makes too large: each value that becomes an envelope has at
  /// least six bytes, including its key.
  private static let small = 256 << 10
  /// The number of bytes that sealing adds to a value: header, nonce and tag, the document around it, and the header of
  /// the binary.
  private static let envelope = 80

  private mutating func prepare(
    _ model: Model, _ typed: Range<Int>, _ found: FoundRecord, isSealed: Bool, _ slice: RecordSlice,
    _ batch: RecordBatch
  ) {
    guard let digest else { preconditionFailure("a key is there unless this is a dry run") }
    let value = digest.digest(found.view.bytes, schemaVersion: schemaVersion)
    records.append(
      PreparedRecord(
        kind: found.detected.kind, key: model.key(found.view.bytes, digest), rank: found.detected.rank,
        time: model.contentTime, digest: value, fields: typed, raw: transcoder.keep(found.view), athlete: model.owner,
        references: model.references, policy: policy, isSealed: isSealed,
        sealedOffsets: isSealed ? found.outline.map { policy.classes.offsets(in: $0) } : nil,
        innerClasses: innerClasses,
        origin: RecordOrigin(batch: batch, slice: slice, pointer: found.pointer)))
  }
}

extension FoundRecord {
  /// Returns the record with its path from the position of the outer one.
  fileprivate func inside(_ outer: FoundRecord) -> FoundRecord {
    FoundRecord(
      view: view, pointer: outer.pointer + pointer, detected: detected, enclosingAthlete: enclosingAthlete)
  }
}

extension BSONView {
  /// Returns the JSON Pointer of the first value that exceeds this nesting depth; the document itself counts as a
  /// level.
  fileprivate func pointer(deeperThan levels: Int) -> String? {
    if levels == 0 { return "" }
    for element in self {
      guard let inner = element.value.document ?? element.value.array else { continue }
      if let pointer = inner.pointer(deeperThan: levels - 1) {
        return "/" + JSONPath.component(element.keyText) + pointer
      }
    }
    return nil
  }
}
