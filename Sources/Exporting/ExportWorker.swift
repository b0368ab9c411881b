import BSON
import FieldCrypto
import Findings
import Sealing
import StoreAccess
import StravaRecords

/// Text of consecutive documents that belong into one file.
struct EncodedPiece: Sendable {
  /// What the file is named by: a user, a month; "" where nothing is split.
  let label: String
  var documents = 0
  var records = 0
  /// Of the batch's bytes.
  var range: Range<Int>
}

/// What a worker makes of one batch of documents.
struct EncodedBatch: Sendable {
  let pieces: [EncodedPiece]
  let bytes: SharedBytes
  let counts: ExportCounts
}

/// Stored documents to text: decrypts them, takes out what must not leave, picks the fields, encodes. One for each worker
/// thread.
struct ExportWorker: PipelineWorker, ~Copyable {
  private let collection: String
  private let options: ExportOptions
  private let disclosure: Disclosure
  private let opening: Opening?
  private let log: FindingLog
  private var encoder: any DocumentEncoder
  private var walk = SealingWalk()
  private var decrypted = BSONWriter()
  private var disclosed = BSONWriter()
  private var selected = BSONWriter()
  // Of the batch in hand:
  private var text = ByteBuffer()
  private var pieces: [EncodedPiece] = []
  private var counts = ExportCounts()

  /// What it takes to open documents.
  struct Opening: Sendable {
    let users: UserLookUp
    let sealing: SealingSession
  }

  /// - Parameter opening: nil where nothing is opened.
  init(
    _ collection: String, _ options: ExportOptions, _ disclosure: Disclosure, _ opening: Opening?, log: FindingLog
  ) {
    self.collection = collection
    self.options = options
    self.disclosure = disclosure
    self.opening = opening
    self.log = log
    encoder = options.encoder(collection)
  }

  /// - Throws: where the server is gone, or the format cannot hold what is selected.
  mutating func work(_ batch: [BSONDocument], _ emit: (EncodedBatch) -> Void) throws {
    if log.cancellation.isRequested { return }
    text.count = 0
    pieces = []
    counts = ExportCounts()
    counts.read = batch.count
    let context = try opening.map { try DecryptionContext(of: batch, in: collection, $0.users, $0.sealing) }
    for document in batch {
      try document.withView { view in
        let label = options.split?.label(of: view, in: collection) ?? ""
        guard let context, view.holdsEnvelope else { return try encode(view, label) }
        guard decrypt(view, context) || options.format != .raw else {
          counts.left += 1
          return
        }
        try encode(BSONView(decrypted.out.base), label)
      }
    }
    // The next batch takes about as much.
    let bytes = exchange(&text, with: ByteBuffer(capacity: text.count + text.count / 8))
    emit(EncodedBatch(pieces: pieces, bytes: SharedBytes(bytes), counts: counts))
  }

  /// Decrypts what is sealed; what cannot be decrypted is reported, and stays for the disclosure to leave out.
  ///
  /// - Returns: true where all of it was decrypted.
  private mutating func decrypt(_ view: BSONView, _ context: DecryptionContext) -> Bool {
    let faults: [SealingFault]
    if let identity = DocumentIdentity(view, in: collection, owners: context.owners) {
      walk.begin(identity, keys: context.keys)
      faults = walk.copy(view, into: &decrypted).faults
    } else {
      decrypted.out.count = 0
      decrypted.out.append(view.bytes)
      faults = [SealingFault(pointer: "", reason: .unowned)]
    }
    for fault in faults { log.add(Finding(fault, of: view, in: collection)) }
    if !faults.isEmpty { counts.unopened += 1 }
    return faults.isEmpty
  }

  /// A thinned record would replace the full one when it is imported.
  ///
  /// - Throws: `StoreFailure` where something in a raw record does not leave.
  private func requireWhole(_ document: BSONView) throws {
    guard let hidden = disclosure.firstHidden(inRawOf: document, of: collection) else { return }
    if let fault = hidden.fault { log.add(Finding(fault, of: document, in: collection)) }
    throw StoreFailure(
      "cannot export raw records: some selected values are of sealed classes; use \(options.decryptionName)")
  }

  private mutating func encode(_ stored: BSONView, _ label: String) throws {
    var view = stored
    if options.format == .raw {
      try requireWhole(view)
    } else {
      disclosed.out.count = 0
      disclosure.copy(view, of: collection, to: &disclosed)
      view = BSONView(disclosed.out.base)
      if !options.fields.isEverything, options.format != .csv {
        selected.out.count = 0
        options.fields.copy(view, to: &selected)
        view = BSONView(selected.out.base)
      }
    }
    let start = text.count
    let records = try encoder.append(view, to: &text)
    guard records > 0 else {
      counts.empty += 1
      return
    }
    counts.written += 1
    counts.records += records
    // Files of a size are cut between any two documents.
    let isOwnPiece = if case .size = options.split { true } else { false }
    if let last = pieces.indices.last, pieces[last].label == label, !isOwnPiece {
      pieces[last].range = pieces[last].range.lowerBound..<text.count
    } else {
      pieces.append(EncodedPiece(label: label, range: start..<text.count))
    }
    pieces[pieces.count - 1].documents += 1
    pieces[pieces.count - 1].records += records
  }
}
