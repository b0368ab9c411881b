import Faults
import Glibc
import Synchronization

// Commits the fault that its argument names, in Swift and in C code of a header, so that a sanitizer can report it.
// `scripts/sanitize` runs it first, and checks that each fault is found and that correct code is not reported.

let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
bytes.initialize(repeating: 0, count: 16)
// The compiler must not find out that these values are wrong.
let behind = 8 * CommandLine.argc

enum Guarded {
  static let one = Mutex<Void>(())
  static let other = Mutex<Void>(())
  static let isTaken = Atomic(false)
}

/// Runs the body in two threads that do not wait for each other.
func twice(_ step: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?) {
  let count = UnsafeMutableRawPointer.allocate(byteCount: 4, alignment: 4)
  count.storeBytes(of: 0, as: Int32.self)
  var threads: [pthread_t] = [0, 0]
  for n in threads.indices { pthread_create(&threads[n], nil, step, count) }
  for thread in threads { pthread_join(thread, nil) }
}

switch CommandLine.arguments.last {
case "overflow": print(bytes[Int(behind)])
case "overflow-in-c": print(planted_byte(bytes, behind))
case "undefined-in-c": print(planted_shift(2 * behind))
case "race":
  twice {
    $0?.assumingMemoryBound(to: Int32.self).pointee += 1
    return nil
  }
case "race-in-c":
  twice {
    planted_step($0?.assumingMemoryBound(to: Int32.self))
    return nil
  }
case "race-under-two-mutexes":
  twice { count in
    // The accesses are relaxed, so that neither thread waits for the other.
    let isFirst = Guarded.isTaken.exchange(true, ordering: .relaxed) == false
    let step = { planted_step(count?.assumingMemoryBound(to: Int32.self)) }
    if isFirst {
      Guarded.one.withLock { _ in step() }
    } else {
      Guarded.other.withLock { _ in step() }
    }
    return nil
  }
case "no-race-under-one-mutex":
  twice { count in
    for _ in 0..<20 {
      Guarded.one.withLock { _ in
        planted_step(count?.assumingMemoryBound(to: Int32.self))
        usleep(1000)  // so that the other has to wait
      }
    }
    return nil
  }
default: exit(64)
}
