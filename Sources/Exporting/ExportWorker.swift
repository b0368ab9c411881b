import BSON
import FieldCrypto
import Findings
import Sealing
import StoreAccess
import StravaRecords

/// The text of consecutive documents that belong in one file.
struct EncodedPiece: Sendable {
  /// The label in the file's name: a user or a month; "" if the output is not split.
  let label: String
  var documents = 0
  var records = 0
  /// The range in the batch's bytes.
  var range: Range<Int>
}

/// The result of a worker for one batch of documents.
struct EncodedBatch: Sendable {
  let pieces: [EncodedPiece]
  let bytes: SharedBytes
  let counts: ExportCounts
}

/// A worker that turns stored documents into text: it decrypts them, removes values that must not be exported, selects
/// the fields, and encodes them. Each worker thread has its own.
struct ExportWorker: PipelineWorker, ~Copyable {
  private let collection: String
  private let options: ExportOptions
  private let disclosure: Disclosure
  private let decryption: Decryption?
  private let log: FindingLog
  private var encoder: any DocumentEncoder
  private var walk = SealingWalk()
  private var decrypted = BSONWriter()
  private var disclosed = BSONWriter()
  private var selected = BSONWriter()
  // The state of the current batch:
  private var text = ByteBuffer()
  private var pieces: [EncodedPiece] = []
  private var counts = ExportCounts()

  /// The parts that are needed to decrypt documents.
  struct Decryption: Sendable {
    let users: UserLookUp
    let sealing: SealingSession
  }

  /// - Parameter decryption: The parts for decryption; nil if nothing is decrypted.
  init(
    _ collection: String, _ options: ExportOptions, _ disclosure: Disclosure, _ decryption: Decryption?, log: FindingLog
  ) {
    self.collection = collection
    self.options = options
    self.disclosure = disclosure
    self.decryption = decryption
    self.log = log
    encoder = options.encoder(collection)
  }

  /// - Throws: An error if the server is unavailable, or if the format cannot represent the selected documents.
  mutating func work(_ batch: [BSONDocument], _ emit: (EncodedBatch) -> Void) throws {
    if log.cancellation.isRequested { return }
    text.count = 0
    pieces = []
    counts = ExportCounts()
    counts.read = batch.count
    let context = try decryption.map { try DecryptionContext(of: batch, in: collection, $0.users, $0.sealing) }
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
    // The next batch needs about the same capacity.
    let bytes = exchange(&text, with: ByteBuffer(capacity: text.count + text.count / 8))
    emit(EncodedBatch(pieces: pieces, bytes: SharedBytes(bytes), counts: counts))
  }

  /// Decrypts sealed values. Values that cannot be decrypted are reported, and the disclosure leaves them out later.
  ///
  /// - Returns: True if all of them were decrypted.
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
    if !faults.isEmpty { counts.undecrypted += 1 }
    return faults.isEmpty
  }

  /// Refuses incomplete raw records, because an incomplete record would replace the complete one when it is imported.
  ///
  /// - Throws: `StoreFailure` if a value in a raw record is not exported.
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
    // Files of a given size can be divided between any two documents.
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
