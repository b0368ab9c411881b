import CFuzzer
import Foundation
import FuzzTargets

// Usage: FUZZ_TARGET=NAME fuzz CORPUS… with libFuzzer's options. Without FUZZ_TARGET, the program lists the targets.
// `scripts/fuzz.py` builds and runs it.

guard let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"], FuzzTarget(rawValue: name) != nil else {
  for target in FuzzTarget.allCases { print(target.rawValue) }
  exit(64)
}

private let target = FuzzTarget(rawValue: name)

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
  LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    do {
      try target?.run(Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
      fatalError("\(error)")
    }
    return 0
  })
