import BSON
import FieldCrypto
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// What a document that other programs wrote really contains of a record.
struct StoredContent {
  /// The rank that the stored record shows; nil if there is no record that can be read.
  let rank: Double?
  /// True if the record is the one that its source names, and its typed fields are those of the record.
  let isComplete: Bool
}

/// A reader of whole documents, for those whose look-up leaves in doubt what they contain.
struct StoredContentReader: ~Copyable {
  /// The number of documents that are read and decrypted together.
  private static let batchSize = 100

  private let target: RecordTarget
  private let session: StoreSession
  private let sealing: SealingSession
  private let lookUp: DocumentLookUp
  private let digest: RecordDigest
  private var mirror: RecordMirror
  private var walk = SealingWalk()
  private var clear = BSONWriter()

  init(_ target: RecordTarget, _ session: StoreSession, _ sealing: SealingSession) {
    self.target = target
    self.session = session
    self.sealing = sealing
    lookUp = DocumentLookUp(target.collection, session, sealing)
    digest = RecordDigest(sealing.keys.indexKey)
    mirror = RecordMirror(target.kind)
  }

  /// Reads the documents with these keys.
  ///
  /// - Returns: Their states with their contents. Documents that no longer exist are left out.
  mutating func states(of keys: [PreparedRecord.Key]) throws -> [PreparedRecord.Key: StoredState] {
    var states = [PreparedRecord.Key: StoredState](minimumCapacity: keys.count)
    var rest = keys[...]
    while !rest.isEmpty {
      let documents = try documents(rest.prefix(Self.batchSize))
      rest = rest.dropFirst(Self.batchSize)
      let context = try lookUp.context(of: documents)
      for document in documents {
        document.withView { view in
          var state = StoredState(view, target)
          state.content = content(of: view, state, context)
          if let key = state.key { states[key] = state }
        }
      }
    }
    return states
  }

  private func documents(_ keys: ArraySlice<PreparedRecord.Key>) throws -> [BSONDocument] {
    let values = keys.map { key -> BSONValue in
      switch key {
      case .strava(let id): .int64(id)
      case .object(let id): .objectID(id)
      }
    }
    return try session.retrying("reading \(target.collection)") {
      let options = BSONDocument { $0.appendOneReply(of: values.count) }
      let cursor = try session.client().collection(target.collection, in: session.database)
        .find(.filter("\(target.keyField)", in: values[...]), options: options)
      var found: [BSONDocument] = []
      while let document = try cursor.nextDocument() { found.append(document) }
      return found
    }
  }

  private mutating func content(
    of document: BSONView, _ state: StoredState, _ context: DecryptionContext
  ) -> StoredContent {
    let identity = DocumentIdentity(document, in: target.collection, owners: context.owners)
    walk.begin(
      identity ?? .nobody(in: target.collection), classes: sealing.policy.classes,
      keys: identity == nil ? [:] : context.keys)
    let all = walk.copy(document, into: &clear).faults
    let faults = all.map(\.pointer)
    let copy = BSONView(clear.out.base)
    guard !target.isOfArchive else { return StoredContent(rank: state.rank, isComplete: faults.isEmpty) }
    let place = target.half.map { "/raw_data/\($0)" } ?? "/raw_data"
    let raw = copy["raw_data"]?.document
    guard let record = target.half == nil ? raw : target.half.flatMap({ raw?[$0]?.document }) else {
      return StoredContent(rank: nil, isComplete: false)
    }
    let rank = target.precedence == .rankThenTime ? Double(mirror.detect(record).rank) : nil
    // Nobody else has written the document, so that only its keys may be gone.
    guard state.isDoubtful(keysSince: nil) else {
      return StoredContent(rank: rank, isComplete: !all.contains(where: \.lacksKey))
    }
    let owned = Set(target.owned.map { "/" + $0 })
    let isReadable = !faults.contains { pointer in
      pointer.hasPrefix(place) || owned.contains(where: { pointer == $0 || pointer.hasPrefix($0 + "/") })
    }
    let version = document["schema_version"]?.wholeNumber.flatMap(Int32.init(exactly:)) ?? schemaVersion
    let isComplete =
      isReadable && digest.digest(record.bytes, schemaVersion: version) == state.digest
      && mirror.differences(in: copy, from: record).isEmpty
    return StoredContent(rank: rank, isComplete: isComplete)
  }
}
