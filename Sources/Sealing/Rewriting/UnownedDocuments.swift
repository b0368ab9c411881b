import BSON
import Findings
import StoreAccess

/// The documents of a pass that name no owner. They are one finding with their number, since a database may have many.
struct UnownedDocuments {
  private var count = 0
  private var first = ""

  mutating func add(_ document: BSONView, in collection: String) {
    if count == 0 { first = document.name(in: collection) }
    count += 1
  }

  func report(_ log: FindingLog) {
    guard count > 0 else { return }
    let fault = SealingFault(pointer: "", reason: .unowned)
    let sentence =
      count == 1
      ? fault.sentence
      : "\(count) documents contain no Strava id of an athlete, so their values can be neither sealed nor decrypted; "
        + "this is the first"
    log.add(Finding(fault.rule, sentence, severity: .error, document: first, pointer: ""))
  }
}
