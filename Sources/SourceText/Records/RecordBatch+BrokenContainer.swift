import Findings

/// Containers whose text is not valid JSON, although its brackets match.
extension RecordBatch {
  /// Returns the records in the members one by one, so that a broken member costs only itself. Returns nil if the text
  /// is one record, or is not an object. Each record has the ordinal of the whole.
  public func members(of slice: RecordSlice, framing: Framing) -> [RecordBatch]? {
    switch oddity(of: slice) {
    case .values, .text, .lost(_, isOpened: true), .badRow: return nil
    case .lost, nil: break
    }
    let text = text(slice)
    // A text that is shorter, or that contains no other object, does not contain a record.
    guard text.count >= Self.shortestContainer, text.dropFirst().contains(UInt8(ascii: "{")),
      framing.isContainer(text)
    else { return nil }
    var framer = RecordFramer(inside: slice, of: self, owner: slice.owner, isNamed: false, framing: framing)
    let batches = members(of: slice, &framer)
    guard let owner = framer.containerOwner, owner != slice.owner else { return batches }
    // The owner of the records may be named after them.
    var second = RecordFramer(inside: slice, of: self, owner: owner, isNamed: true, framing: framing)
    return members(of: slice, &second)
  }

  private static let shortestContainer = 64

  private func members(of slice: RecordSlice, _ framer: inout RecordFramer) -> [RecordBatch] {
    var batches: [RecordBatch] = []
    while let batch = framer.next() {
      let slices = batch.slices.map { inner in
        var inner = inner
        inner.ordinal = slice.ordinal
        return inner
      }
      batches.append(batch.sharing(slices, batch.findings))
    }
    return batches
  }
}
