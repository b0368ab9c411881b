import Foundation
import StoreAccess

/// Where an export goes: one stream, or a folder of files that takes its name when all of it is whole.
final class ExportOutput {
  private let options: ExportOptions
  private let database: String
  private let cancellation: Cancellation
  private let folder: FolderInTheMaking?
  /// The file that documents go into, unless a value of theirs names it.
  private var open: FramedFile?
  /// The number of that file, where files are cut by their size.
  private var number = 1
  /// The files by the label of their documents.
  private var split: SplitFiles?
  private var isWhole = false
  /// Those that are written whole.
  private(set) var files: [ExportedFile] = []

  /// - Parameter cancellation: ends the work on files that are still to be finished.
  init(_ options: ExportOptions, database: String, _ cancellation: Cancellation) throws {
    self.options = options
    self.database = database
    self.cancellation = cancellation
    folder = options.needsFolder ? try options.output.map(FolderInTheMaking.init) : nil
  }

  /// Nothing of it is in its place: what went to standard output cannot be called back, a file can.
  var isGivenUp: Bool { !isWhole && options.output != nil }

  /// Begins a collection: its file is there even where it has no documents, unless what it has names the files.
  func begin(_ collection: String, _ framing: OutputFraming) throws {
    // Raw records of all collections go into one stream.
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

  /// Ends the last file, and puts the folder in its place. A folder of an export that was called off meanwhile gets no
  /// place.
  ///
  /// - Parameter note: makes a text for the folder's readers of what is in it; nil leaves it out.
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
    for place in files.indices { files[place].path = folder.path + "/" + files[place].path }
    isWhole = true
  }

  /// Writes a file beside the documents, into a folder.
  func add(_ text: String, as name: String) throws {
    guard let folder else { return }
    let file = try OutputFile(path: folder.place(of: name), name: name)
    try file.write(text)
    files.append(try file.finish())
  }

  /// Begins the next file where a document would make this one too large.
  private func cut(before count: Int, of collection: String, _ framing: OutputFraming) throws {
    guard case .size(let limit) = options.split, let open, open.size > 0, open.size + count > limit else { return }
    try finishFiles()
    number += 1
    self.open = try file(collection, label: numberLabel, framing)
  }

  /// Files of a split that are open at the same time: the state of a zstd member takes up to 3.3 MB, of gzip 0.3 MB.
  private var mostOpen: Int { options.compression == ".zst" ? 16 : 128 }

  private var numberLabel: String { String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)" }

  private func file(_ collection: String, label: String, _ framing: OutputFraming) throws -> FramedFile {
    guard let folder else {
      return try FramedFile(OutputFile(path: options.output, name: options.output ?? "-"), framing)
    }
    let name = options.fileName(collection, label: label, database: database)
    return try FramedFile(OutputFile(path: folder.place(of: name), name: name), framing)
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

/// A file of documents, and what is around these in its format.
final class FramedFile {
  private let file: OutputFile
  private let framing: OutputFraming
  private var isFirst = true
  /// Bytes of text of documents.
  private(set) var size = 0

  init(_ file: OutputFile, _ framing: OutputFraming) throws {
    self.file = file
    self.framing = framing
    try file.write(framing.opening)
  }

  /// - Parameter bytes: documents with a separator before each.
  func write(_ bytes: UnsafeRawBufferPointer, documents: Int) throws {
    let skipped = isFirst ? framing.separator.utf8.count : 0
    try file.write(UnsafeRawBufferPointer(rebasing: bytes[skipped...]), documents: documents)
    isFirst = false
    size += bytes.count
  }

  /// Closes the file until more is written, or it is finished.
  func close() throws { try file.close() }

  func finish() throws -> ExportedFile {
    try file.write(framing.closing)
    return try file.finish()
  }
}
