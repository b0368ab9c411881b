import BSON
import Findings
import Foundation
import Mongo
import StoreAccess

/// The execution of a plan's steps. Each step can be repeated, and a step that another admin has done meanwhile counts
/// as done.
struct IndexWork {
  let session: StoreSession
  let task: IndexTask

  /// The findings of a step that cannot be done.
  struct Refusal: Error {
    let findings: [Finding]

    init(_ findings: [Finding]) { self.findings = findings }
    init(_ step: IndexPlan.Step, _ why: String) {
      self.init([Finding(.stepRefused, "\(step.index ?? "the validator"): \(why)", file: step.collection)])
    }
  }

  /// Executes one step, or several builds of indexes of one collection.
  ///
  /// - Throws: `Refusal`, or an error that ends the work, such as an unavailable server.
  func run(_ steps: [IndexPlan.Step]) throws {
    guard let step = steps.first else { return }
    do {
      if steps.count > 1 { return try build(steps) }
      switch step.action {
      case .none: break
      case .build(let index): try build(index, step)
      case .alter(let index, let wanted): try alter(index, wanted, step)
      case .replace(let old, let new): try replace(old, by: new, step)
      case .drop(let index): try drop(index, step)
      case .validate(let validator, let level, let isNew):
        try ValidatorWork(session, step.collection, validator).run(level, isNew: isNew)
      }
    } catch let error as MongoError where error.kind == .refused && !error.isTransient && !error.isUnauthorized {
      throw Refusal(step, error.description)
    }
  }

  private func collection(_ step: IndexPlan.Step) throws -> MongoCollection {
    try session.client().collection(step.collection, in: session.database)
  }

  // MARK: Steps

  /// Builds indexes of one collection with one command.
  private func build(_ steps: [IndexPlan.Step]) throws {
    let specs = steps.compactMap { step in
      if case .build(let index) = step.action { index.spec } else { nil }
    }
    try session.building("building \(steps.count) indexes of \(steps[0].collection)") {
      try $0.collection(steps[0].collection, in: session.database).createIndexes(specs)
    }
  }

  private func build(_ index: IndexDefinition, _ step: IndexPlan.Step) throws {
    do {
      try session.building("building \(index.name) of \(step.collection)") {
        try $0.collection(step.collection, in: session.database).createIndexes([index.spec])
      }
    } catch let error as MongoError where error.serverCode == .duplicateKey {
      try refuseDuplicates(index, step)
      // These values have a form that the duplicate check does not detect, such as arrays.
      throw Refusal([
        Finding(
          .duplicateKeys, "index \(index.name) cannot be built: several documents have the same key",
          file: step.collection)
      ])
    }
  }

  private func alter(_ index: IndexDefinition, _ wanted: IndexDefinition, _ step: IndexPlan.Step) throws {
    let isHidden = index.options.isHidden != wanted.options.isHidden ? wanted.options.isHidden : nil
    let seconds = index.options.expireAfter != wanted.options.expireAfter ? wanted.options.expireAfter : nil
    try session.retrying("changing \(index.name) of \(step.collection)") {
      try collection(step).changeIndex(index.name, hidden: isHidden, expireAfter: seconds)
    }
    let after = try session.retrying("reading the indexes of \(step.collection)") {
      try collection(step).listIndexes().map(IndexDefinition.init)
    }
    // Some servers report success without a change.
    if let same = after.first(where: { $0.name == index.name && $0.means(index) }) {
      try replace([same], by: wanted.named(index.name), step)
    }
  }

  /// Builds the new index first and then drops the old one, so that queries stay fast and uniqueness is always
  /// enforced.
  private func replace(_ old: [IndexDefinition], by new: IndexDefinition, _ step: IndexPlan.Step) throws {
    let excluded = old.contains { $0.excludes(new) }
    if task.dropFirst {
      if new.options.isUnique { try refuseDuplicates(new, step) }
      for index in old { try drop(index, step) }
      return try build(new, step)
    }
    if !excluded {
      try build(new, step)
      for index in old { try drop(index, step) }
      return
    }
    guard !new.options.isUnique else {
      throw Refusal(
        step,
        "MongoDB cannot have the old and the new index at the same time; stop all writers, then use "
          + "\(task.dropFirstName) to drop the old index first; nothing keeps keys unique until the new one is built")
    }
    let cover = new.cover
    try build(cover, step)
    for index in old { try drop(index, step) }
    try build(new, step)
    try drop(cover, step)
  }

  /// Drops an index if it is still the one in the plan.
  private func drop(_ index: IndexDefinition, _ step: IndexPlan.Step) throws {
    guard !index.isPrimary else { throw Refusal(step, "the index on _id cannot be dropped") }
    try session.retrying("dropping \(index.name) of \(step.collection)") {
      let collection = try collection(step)
      guard let there = try collection.listIndexes().map(IndexDefinition.init).first(where: { $0.name == index.name })
      else { return }
      guard there.means(index) else {
        throw Refusal(
          step,
          "another process changed it during the run, so it was kept; run the command again to see its current state")
      }
      try collection.dropIndex(index.name)
    }
  }

  private func refuseDuplicates(_ index: IndexDefinition, _ step: IndexPlan.Step) throws {
    let shared = try session.long("looking for duplicates in \(step.collection)") {
      try DuplicateKeys.find(in: $0.collection(step.collection, in: session.database), index.key.map(\.field))
    }
    guard !shared.isEmpty else { return }
    let fields = index.key.map(\.field).joined(separator: "/")
    throw Refusal(
      shared.map {
        Finding(.duplicateKeys, "several documents have the same \(fields): \($0.text)", file: step.collection)
      })
  }
}
