import Foundation
import Synchronization

/// A child process, and the one thread that starts it and waits for it.
///
/// It has to be one thread: `setpriv --pdeathsig` makes the kernel kill the child when the thread that started it ends.
/// So no child outlives the tests, however they end. Swift's own threads come and go.
final class Child: Sendable {
  private enum State: Sendable {
    case starting
    case failed(HarnessError)
    case running(pid_t)
    case ended(pid_t, Termination)
  }

  /// Held while a pipe is made and while a process starts. Otherwise a process that starts after a pipe is made, but
  /// before it is marked close-on-exec, would keep the pipe open.
  private static let descriptors = Mutex<Void>(())

  private let state = Mutex(State.starting)
  private let started = DispatchSemaphore(value: 0)
  /// Whoever has waited passes it on, so any number of callers may wait.
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - output: The path of the file for standard output.
  ///   - errors: The path of the file for standard error.
  init(_ command: Command, output: String, errors: String) throws(HarnessError) {
    let pipe = try Child.descriptors.withLock { _ throws(HarnessError) in try InputPipe(for: command.input) }
    Thread { self.live(command, pipe: pipe, output: output, errors: errors) }.start()
    started.wait()
    pipe?.closeReading()
    if case .failed(let error) = state.withLock({ $0 }) {
      pipe?.closeWriting()
      throw error
    }
    if let pipe {
      Thread {
        pipe.feed(command.input)
        if case .unfinished = command.input { _ = self.wait(timeout: nil) }
        pipe.closeWriting()
      }.start()
    }
  }

  var processIdentifier: pid_t {
    switch state.withLock({ $0 }) {
    case .running(let pid), .ended(let pid, _): pid
    case .starting, .failed: 0
    }
  }

  var termination: Termination? {
    if case .ended(_, let termination) = state.withLock({ $0 }) { termination } else { nil }
  }

  func send(_ signal: Int32) {
    // This holds the lock that reaping takes, so the pid cannot belong to another process meanwhile.
    state.withLock { state in
      if case .running(let pid) = state { _ = kill(pid, signal) }
    }
  }

  /// - Parameter timeout: The time limit; nil to wait without one.
  /// - Returns: Nil if the time limit is reached.
  func wait(timeout: Duration?) -> Termination? {
    let deadline = timeout.map { DispatchTime.now() + .milliseconds(Int($0 / .milliseconds(1)) * Sanitizer.patience) }
    guard ended.wait(timeout: deadline ?? .distantFuture) == .success else { return nil }
    ended.signal()
    return termination
  }

  private func live(_ command: Command, pipe: InputPipe?, output: String, errors: String) {
    do throws(HarnessError) {
      let pid = try Child.descriptors.withLock { _ throws(HarnessError) in
        try spawn(command, input: pipe?.reading, output: output, errors: errors)
      }
      state.withLock { $0 = .running(pid) }
      started.signal()
      awaitEnd(of: pid)
      ended.signal()
    } catch {
      state.withLock { $0 = .failed(error) }
      started.signal()
    }
  }

  private func awaitEnd(of pid: pid_t) {
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == -1, errno == EINTR {}
    state.withLock { state in
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      let signal = status & 0x7f
      state = .ended(pid, signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal))
    }
  }
}
