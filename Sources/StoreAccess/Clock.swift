import BSON
import Glibc

package enum Clock {
  /// The current time, in milliseconds precision.
  package static var now: BSONDate {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return BSONDate(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// The number of seconds on a monotonic clock.
  package static var monotonic: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
