import Foundation
import StoreAccess

/// Where an export goes: one stream, or a folder of files that takes its name when all of it is whole.
final class ExportOutput {
  private let options: ExportOptions
  private let database: String
  private let folder: FolderInTheMaking?
  private var open: OpenFile?
  private var isWhole = false
  /// Number of files begun for each collection and label. Documents that are not adjacent in the order can share a
  /// label.
  private var parts: [String: Int] = [:]
  /// Those that are written whole.
  private(set) var files: [ExportedFile] = []

  private struct OpenFile {
    let file: OutputFile
    let label: String
    let framing: OutputFraming
    /// Bytes of text written into it.
    var size = 0
    var number = 1
    var isFirst = true
  }

  init(_ options: ExportOptions, database: String) throws {
    self.options = options
    self.database = database
    folder = options.needsFolder ? try options.output.map(FolderInTheMaking.init) : nil
  }

  /// Nothing of it is in its place: what went to standard output cannot be called back, a file can.
  var isGivenUp: Bool { !isWhole && options.output != nil }

  /// Begins a collection: its file is there even where it has no documents, unless what it has names the files.
  func begin(_ collection: String, _ framing: OutputFraming) throws {
    // Raw records of all collections go into one stream.
    if folder == nil, open != nil { return }
    try finishFile()
    switch options.split {
    case .user, .month: break
    case .size: try start(collection, label: "0001", framing)
    case nil: try start(collection, label: "", framing)
    }
  }

  func write(_ batch: EncodedBatch, of collection: String, _ framing: OutputFraming) throws {
    for piece in batch.pieces {
      try turn(to: piece, of: collection, framing)
      let bytes = batch.bytes.bytes(piece.range)
      guard let first = open?.isFirst, let file = open?.file else { continue }
      let skipped = first ? framing.separator.utf8.count : 0
      try file.write(UnsafeRawBufferPointer(rebasing: bytes[skipped...]), documents: piece.documents)
      open?.isFirst = false
      open?.size += bytes.count
    }
  }

  /// Ends the last file, and puts the folder in its place.
  ///
  /// - Parameter note: makes a text for the folder's readers of what is in it; nil leaves it out.
  func finish(note: ([ExportedFile]) -> String?) throws {
    try finishFile()
    guard let folder else {
      isWhole = true
      return
    }
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

  private func turn(to piece: EncodedPiece, of collection: String, _ framing: OutputFraming) throws {
    if case .size(let limit) = options.split {
      guard let open, open.size > 0, open.size + piece.range.count > limit else { return }
      let number = open.number + 1
      try finishFile()
      try start(collection, label: String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)", framing)
      self.open?.number = number
    } else if options.split != nil, open?.label != piece.label {
      try finishFile()
      try start(collection, label: piece.label, framing)
    }
  }

  private func start(_ collection: String, label: String, _ framing: OutputFraming) throws {
    let file: OutputFile
    if let folder {
      let part = parts["\(collection)-\(label)", default: 0] + 1
      parts["\(collection)-\(label)"] = part
      let name = options.fileName(collection, label: label, part: part, database: database)
      file = try OutputFile(path: folder.place(of: name), name: name)
    } else {
      file = try OutputFile(path: options.output, name: options.output ?? "-")
    }
    try file.write(framing.opening)
    open = OpenFile(file: file, label: label, framing: framing)
  }

  private func finishFile() throws {
    guard let ended = open else { return }
    open = nil
    try ended.file.write(ended.framing.closing)
    files.append(try ended.file.finish())
  }
}
