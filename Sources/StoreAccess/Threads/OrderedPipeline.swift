/// The work that each worker thread of an `OrderedPipeline` does with the values that are read.
package protocol PipelineWorker: ~Copyable, SendableMetatype {
  associatedtype Input: Sendable
  associatedtype Output: Sendable

  /// Processes one value.
  ///
  /// - Parameter emit: A function that takes the results of the value, in any number of parts. It waits until all
  ///   results of earlier values were passed on, so that parts need not be kept.
  mutating func work(_ input: Input, _ emit: (Output) -> Void) throws
}

/// A reader, workers, and a consumer that takes the results in the order in which the values were read.
///
/// The reader and the workers have their own threads; the consumer runs on the caller's thread. The queues between them
/// are short, so memory does not grow with the input.
///
/// All values that were read are passed through all stages, even after a cancellation, so that a job can account for
/// them. A stage that should then do no more work checks the cancellation itself. An error that a stage throws goes to
/// the log, which asks the job to stop. The value that the stage was processing is lost; the stages continue with the
/// other values that were already read.
package struct OrderedPipeline: Sendable {
  /// The number of values that can wait for a worker.
  static let mostInputs = 2
  /// The number of parts that can wait for the consumer.
  static let mostOutputs = 1

  private let workers: Int
  private let log: FindingLog

  /// - Parameter log: The log that takes the failures. Its cancellation ends the reading.
  package init(workers: Int, log: FindingLog) {
    self.workers = workers
    self.log = log
  }

  /// Runs until everything that was read is consumed.
  ///
  /// - Parameters:
  ///   - read: Reads the values and pushes each of them, until the input ends or the job must stop. It is abandoned if
  ///     it does not end within two seconds after a cancellation, because a read from a pipe or a server cannot be
  ///     interrupted. Values that it pushes after that are dropped.
  ///   - makeWorker: Creates a worker, on the worker's own thread.
  ///   - consume: Takes each part, on the calling thread.
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

/// A value with its position in the order of reading.
private struct Numbered<Value: Sendable>: Sendable {
  let number: Int
  let value: Value
}
