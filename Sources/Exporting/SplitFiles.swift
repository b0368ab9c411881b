import BSON
import StoreAccess

/// The files of one collection that is split by a value of the documents, in whatever order the documents come.
///
/// Only a limited number of files is open. Text for any other file waits in memory. When too much text waits, each file
/// that it belongs to is opened, and the file that was opened first is closed instead. Therefore neither open files nor
/// text in memory grow with the number of files.
final class SplitFiles {
  /// Maximum number of bytes of waiting text.
  private static let mostWaiting = 16 << 20

  private final class Entry {
    var file: FramedFile?
    var isOpen = false
    /// The text of documents for a file that is not open.
    var waiting = ByteBuffer(capacity: 0)
    var documents = 0
  }

  private let make: (String) throws -> FramedFile
  private let mostOpen: Int
  private var entries: [String: Entry] = [:]
  /// The open files, in the order in which they were opened.
  private var open: [Entry] = []
  /// The labels with waiting text, in the order in which the text came.
  private var labels: [String] = []
  private var waiting = 0

  /// - Parameters:
  ///   - mostOpen: Maximum number of files that are open at the same time.
  ///   - make: A function that creates and opens the file of a label.
  init(mostOpen: Int, _ make: @escaping (String) throws -> FramedFile) {
    self.mostOpen = mostOpen
    self.make = make
  }

  /// - Parameter bytes: The documents, with a separator before each.
  func write(_ bytes: UnsafeRawBufferPointer, documents: Int, label: String) throws {
    let entry = entries[label] ?? Entry()
    entries[label] = entry
    if !entry.isOpen, open.count < mostOpen { try open(entry, label) }
    if entry.isOpen {
      try entry.file?.write(bytes, documents: documents)
      return
    }
    if entry.waiting.count == 0 { labels.append(label) }
    entry.waiting.append(bytes)
    entry.documents += documents
    waiting += bytes.count
    if waiting > Self.mostWaiting { try writeWaiting() }
  }

  /// Ends all files, in the order of their labels.
  ///
  /// - Parameter cancellation: A cancellation that leaves the remaining files unfinished.
  /// - Returns: The complete files.
  func finish(unless cancellation: Cancellation) throws -> [ExportedFile] {
    try writeWaiting()
    var files: [ExportedFile] = []
    for (_, entry) in entries.sorted(by: { $0.key < $1.key }) where !cancellation.isRequested {
      if let file = entry.file { files.append(try file.finish()) }
    }
    return files
  }

  private func writeWaiting() throws {
    for label in labels {
      guard let entry = entries[label] else { continue }
      if open.count >= mostOpen {
        let first = open.removeFirst()
        first.isOpen = false
        try first.file?.close()
      }
      try open(entry, label)
      let text = exchange(&entry.waiting, with: ByteBuffer(capacity: 0))
      try entry.file?.write(text.bytes, documents: entry.documents)
      entry.documents = 0
    }
    labels = []
    waiting = 0
  }

  private func open(_ entry: Entry, _ label: String) throws {
    if entry.file == nil { entry.file = try make(label) }
    entry.isOpen = true
    open.append(entry)
  }
}
