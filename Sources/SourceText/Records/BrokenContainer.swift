/// Containers whose text is no JSON, though its brackets pair.
extension RecordBatch {
  /// The members' records one by one, so that what is broken costs only itself; nil where the text is one record, or no
  /// object. Each has the ordinal of the whole.
  public func members(of slice: RecordSlice, framing: Framing) -> [RecordBatch]? {
    switch oddity(of: slice) {
    case .values, .lost(_, isOpened: true): return nil
    case .lost, nil: break
    }
    guard framing.isContainer(text(slice)) else { return nil }
    // Whose they are may be told behind them.
    var first = RecordFramer(inside: slice, of: self, owner: nil, framing: framing)
    while first.next() != nil {}
    let owner = first.containerOwner ?? slice.owner
    var framer = RecordFramer(inside: slice, of: self, owner: owner, framing: framing)
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
