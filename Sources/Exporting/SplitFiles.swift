import BSON
import StoreAccess

/// The files that a split by a value of the documents makes of one collection, whatever order the documents come in.
///
/// A limited number of them is open. Text for any other waits in memory; when much of it waits, each file that some of it
/// belongs to is opened, and the one that was opened first is closed for it. So neither open files nor text in memory grow
/// with the number of files.
final class SplitFiles {
  /// Bytes of text that wait at most.
  private static let mostWaiting = 16 << 20

  private final class Entry {
    var file: FramedFile?
    var isOpen = false
    /// Text of documents for a file that is not open.
    var waiting = ByteBuffer(capacity: 0)
    var documents = 0
  }

  private let make: (String) throws -> FramedFile
  private let mostOpen: Int
  private var entries: [String: Entry] = [:]
  /// The first opened first.
  private var open: [Entry] = []
  /// Labels for which text waits, in the order in which it came.
  private var labels: [String] = []
  private var waiting = 0

  /// - Parameters:
  ///   - mostOpen: files that are open at the same time.
  ///   - make: makes the file of a label, open.
  init(mostOpen: Int, _ make: @escaping (String) throws -> FramedFile) {
    self.mostOpen = mostOpen
    self.make = make
  }

  /// - Parameter bytes: documents with a separator before each.
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
  /// - Parameter cancellation: leaves the rest unfinished once it is requested.
  /// - Returns: those that are whole.
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
