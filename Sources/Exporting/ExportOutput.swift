import Foundation
import StoreAccess

/// The output of an export: one stream, or a folder of files that gets its name when it is complete.
final class ExportOutput {
  private let options: ExportOptions
  private let database: String
  private let cancellation: Cancellation
  private let folder: PartialFolder?
  /// The file for documents, unless a value in a document determines its file.
  private var open: FramedFile?
  /// The number of that file, if files are divided by their size.
  private var number = 1
  /// The files, by the label of their documents.
  private var split: SplitFiles?
  private var isWhole = false
  /// The files that are complete.
  private(set) var files: [ExportedFile] = []

  /// - Parameter cancellation: The cancellation that ends the work on unfinished files.
  init(_ options: ExportOptions, database: String, _ cancellation: Cancellation) throws {
    self.options = options
    self.database = database
    self.cancellation = cancellation
    folder = options.needsFolder ? try options.output.map(PartialFolder.init) : nil
  }

  /// True if the incomplete output is discarded, which is possible for files but not for standard output.
  var isGivenUp: Bool { !isWhole && options.output != nil }

  /// Begins a collection. Its file exists even if it has no documents, unless the documents determine the files' names.
  func begin(_ collection: String, _ framing: OutputFraming) throws {
    // The raw records of all collections are written to one stream.
    if folder == nil, open != nil { return }
    try finishFiles()
    switch options.split {
    case .user, .month:
      split = SplitFiles(mostOpen: mostOpen) { [unowned self] label in
        try file(collection, label: label, framing)
      }
    case .size:
      number = 1
      open = try file(collection, label: numberLabel, framing)
    case nil: open = try file(collection, label: "", framing)
    }
  }

  func write(_ batch: EncodedBatch, of collection: String, _ framing: OutputFraming) throws {
    for piece in batch.pieces {
      let bytes = batch.bytes.bytes(piece.range)
      if let split {
        try split.write(bytes, documents: piece.documents, label: piece.label)
        continue
      }
      try cut(before: bytes.count, of: collection, framing)
      try open?.write(bytes, documents: piece.documents)
    }
  }

  /// Ends the last file, and gives the folder its name. If the export was canceled meanwhile, the folder does not get
  /// its name.
  ///
  /// - Parameter note: A function that makes a text about the contents for the folder's readers; nil writes no text.
  func finish(note: ([ExportedFile]) -> String?) throws {
    try finishFiles()
    guard let folder else {
      isWhole = true
      return
    }
    if cancellation.isRequested { return }
    if let text = note(files) { try add(text, as: "README.txt") }
    try add(files.map { "\($0.sha256 ?? "")  \($0.path)\n" }.joined(), as: "SHA256SUMS")
    try folder.finish()
    for index in files.indices { files[index].path = folder.path + "/" + files[index].path }
    isWhole = true
  }

  /// Writes a file that contains no documents into a folder.
  func add(_ text: String, as name: String) throws {
    guard let folder else { return }
    let file = try OutputFile(path: folder.makePath(of: name), name: name)
    try file.write(text)
    files.append(try file.finish())
  }

  /// Begins the next file if a document would make this one too large.
  private func cut(before count: Int, of collection: String, _ framing: OutputFraming) throws {
    guard case .size(let limit) = options.split, let open, open.size > 0, open.size + count > limit else { return }
    try finishFiles()
    number += 1
    self.open = try file(collection, label: numberLabel, framing)
  }

  /// Maximum number of files of a split that are open at the same time: the state of a zstd member takes up to 3.3 MB,
  /// and of gzip 0.3 MB.
  private var mostOpen: Int { options.compression == ".zst" ? 16 : 128 }

  private var numberLabel: String { String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)" }

  private func file(_ collection: String, label: String, _ framing: OutputFraming) throws -> FramedFile {
    guard let folder else {
      return try FramedFile(OutputFile(path: options.output, name: options.output ?? "-"), framing)
    }
    let name = options.fileName(collection, label: label, database: database)
    return try FramedFile(OutputFile(path: folder.makePath(of: name), name: name), framing)
  }

  private func finishFiles() throws {
    if let ended = split {
      split = nil
      files += try ended.finish(unless: cancellation)
    }
    guard let ended = open else { return }
    open = nil
    files.append(try ended.finish())
  }
}

/// A file of documents, with the text around them in its format.
final class FramedFile {
  private let file: OutputFile
  private let framing: OutputFraming
  private var isFirst = true
  /// The number of bytes of the documents' text.
  private(set) var size = 0

  init(_ file: OutputFile, _ framing: OutputFraming) throws {
    self.file = file
    self.framing = framing
    try file.write(framing.opening)
  }

  /// - Parameter bytes: The documents, with a separator before each.
  func write(_ bytes: UnsafeRawBufferPointer, documents: Int) throws {
    let skipped = isFirst ? framing.separator.utf8.count : 0
    try file.write(UnsafeRawBufferPointer(rebasing: bytes[skipped...]), documents: documents)
    isFirst = false
    size += bytes.count
  }

  /// Closes the file until more text is written or the file is finished.
  func close() throws { try file.close() }

  func finish() throws -> ExportedFile {
    try file.write(framing.closing)
    return try file.finish()
  }
}
