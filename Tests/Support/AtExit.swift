import Foundation
import Synchronization

/// What to do when the test process ends, the newest first. A crash skips it; processes still end then (see
/// `RunningCommand`), and the next run removes the folders.
enum AtExit {
  private static let duties = Mutex<[@Sendable () -> Void]>([])

  private static let registered: Void = {
    atexit { AtExit.perform() }
  }()

  static func run(_ duty: @escaping @Sendable () -> Void) {
    registered
    duties.withLock { $0.append(duty) }
  }

  private static func perform() {
    while let duty = duties.withLock({ $0.popLast() }) { duty() }
  }
}
