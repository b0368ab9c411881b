/// What each worker thread of an `OrderedPipeline` does with the values that are read.
package protocol PipelineWorker: ~Copyable, SendableMetatype {
  associatedtype Input: Sendable
  associatedtype Output: Sendable

  /// Works on one value.
  ///
  /// - Parameter emit: takes what comes of the value, in as many parts as there are. It waits until everything that
  ///   comes of earlier values has been handed on, so that parts need not be kept.
  mutating func work(_ input: Input, _ emit: (Output) -> Void) throws
}

/// A reader, workers, and a consumer that takes what comes of the values in the order in which they were read.
///
/// The reader and the workers have threads of their own; the consumer is the caller's. Few values are between any two of
/// them, so memory does not grow with the input.
///
/// What was read is handed on to its end, after a cancellation too, so that a job can account for it: a stage that should
/// do no more then asks the cancellation itself. What a stage throws goes to the log, which asks the job to stop; the
/// value in hand is lost, the stages go on with those that were read already.
package struct OrderedPipeline: Sendable {
  /// Values that wait for a worker.
  static let mostInputs = 2
  /// Parts that wait for the consumer.
  static let mostOutputs = 1

  private let workers: Int
  private let log: FindingLog

  /// - Parameter log: takes the failures; its cancellation ends the reading.
  package init(workers: Int, log: FindingLog) {
    self.workers = workers
    self.log = log
  }

  /// Runs until everything that was read is consumed.
  ///
  /// - Parameters:
  ///   - read: reads the values and pushes each, until there are no more or the job is to stop. It is left behind where
  ///     it does not end within two seconds after a cancellation: a read from a pipe or a server cannot be called back.
  ///     What it pushes then is dropped.
  ///   - makeWorker: makes a worker, on its own thread.
  ///   - consume: takes each part, on the calling thread.
  package func run<Worker: PipelineWorker & ~Copyable>(
    read: @escaping @Sendable (_ push: (Worker.Input) -> Void) throws -> Void,
    makeWorker: @escaping @Sendable () -> Worker,
    consume: (Worker.Output) throws -> Void
  ) {
    let inputs = BoundedQueue<Numbered<Worker.Input>>(capacity: Self.mostInputs)
    let outputs = BoundedQueue<Worker.Output>(capacity: Self.mostOutputs)
    let turnstile = Turnstile()

    let reading = WorkerThread("reader") {
      var number = 0
      attempt {
        try read { value in
          inputs.push(Numbered(number: number, value: value))
          number += 1
        }
      }
    }
    let working = (0..<workers).map { _ in
      WorkerThread("worker") {
        var worker = makeWorker()
        while let next = inputs.pop() {
          attempt {
            try worker.work(next.value) { part in
              turnstile.enter(next.number)
              outputs.push(part)
            }
          }
          turnstile.enter(next.number)
          turnstile.leave()
        }
      }
    }
    let ending = WorkerThread("end") {
      reading.join(unless: log.cancellation)
      inputs.close()
      for thread in working { thread.join() }
      outputs.close()
    }
    while let part = outputs.pop() { attempt { try consume(part) } }
    ending.join()
  }

  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch { log.fail(unlessStopped: error) }
  }
}

/// A value with its place in the order of reading.
private struct Numbered<Value: Sendable>: Sendable {
  let number: Int
  let value: Value
}
