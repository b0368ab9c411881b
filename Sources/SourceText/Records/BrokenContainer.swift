import Findings

/// Containers whose text is not valid JSON, though its brackets pair.
extension RecordBatch {
  /// The members' records one by one, so that what is broken costs only itself; nil where the text is one record, or no
  /// object. Each has the ordinal of the whole.
  public func members(of slice: RecordSlice, framing: Framing) -> [RecordBatch]? {
    switch oddity(of: slice) {
    case .values, .text, .lost(_, isOpened: true): return nil
    case .lost, nil: break
    }
    let text = text(slice)
    // What is shorter, or holds no other object, holds no record.
    guard text.count >= Self.shortestContainer, text.dropFirst().contains(UInt8(ascii: "{")),
      framing.isContainer(text)
    else { return nil }
    var framer = RecordFramer(inside: slice, of: self, owner: slice.owner, isNamed: false, framing: framing)
    let batches = members(of: slice, &framer)
    guard let owner = framer.containerOwner, owner != slice.owner else { return batches }
    // Whose they are may be said behind them.
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
