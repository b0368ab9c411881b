import BSON
import Findings
import Mongo
import StoreAccess
import StravaRecords

/// The present state and the required steps, for each index and each validator.
package struct IndexPlan: Sendable {
  package enum Verdict: String, Sendable {
    case keep, create, change, rebuild, drop
    /// The index is not declared and remains unchanged.
    case extra
    /// The declared state cannot be reached, because the collection is a view.
    case blocked
  }

  package struct Step: Sendable {
    package let collection: String
    /// The name of the index; nil for the validator.
    package let index: String?
    package let verdict: Verdict
    /// A description of the difference.
    package let detail: String
    /// True if the index is not declared.
    let isExtra: Bool
    /// The severity of the loss of documents that it causes; nil if it causes none.
    let loss: Severity?
    let action: Action

    package var isDifference: Bool { verdict != .keep && verdict != .extra && verdict != .rebuild }
    var isBuild: Bool {
      if case .build = action { true } else { false }
    }
    var isWork: Bool { verdict != .keep && verdict != .extra && verdict != .blocked }

    init(
      _ collection: String, _ index: String?, _ verdict: Verdict, _ detail: String = "", isExtra: Bool = false,
      loss: Severity? = nil, _ action: Action = .none
    ) {
      self.collection = collection
      self.index = index
      self.verdict = verdict
      self.detail = detail
      self.isExtra = isExtra
      self.loss = loss
      self.action = action
    }
  }

  enum Action: Sendable {
    case none
    case build(IndexDefinition)
    /// Changes options without a new build.
    case alter(IndexDefinition, to: IndexDefinition)
    /// The second index replaces the first ones.
    case replace([IndexDefinition], by: IndexDefinition)
    case drop(IndexDefinition)
    case validate(BSONDocument, level: IndexTask.Validation, isNew: Bool)
  }

  package internal(set) var steps: [Step] = []

  /// The unique indexes of each collection.
  private var unique: [String: Set<String>] = [:]

  package init() {}

  func isUnique(_ index: String, in collection: String) -> Bool { unique[collection]?.contains(index) == true }

  package var differences: [Step] { steps.filter(\.isDifference) }
  var work: [Step] { steps.filter(\.isWork) }

  package mutating func add(_ declared: DeclaredState, _ actual: ActualState, _ task: IndexTask) {
    let loss: Severity = DocumentLoss.isSevere(in: declared.name) ? .error : .warning
    if let fault = DocumentLoss.fault(of: actual.description) {
      let verdict: Verdict = actual.isCollection ? .extra : .blocked
      steps.append(Step(declared.name, nil, verdict, "\(declared.name) \(fault)", loss: loss))
      if !actual.isCollection { return }
    }
    steps.append(validator(declared, actual, task))
    unique[declared.name] = Set(actual.indexes.filter(\.options.isUnique).map(\.name))
    var present = actual.indexes.filter { !$0.isPrimary }
    for wanted in declared.indexes { take(wanted, from: &present, declared, actual, task) }
    for index in present { addExtra(index, declared, actual, task) }
  }

  /// Plans the steps for one declared index, and removes the corresponding indexes from `present`.
  private mutating func take(
    _ wanted: IndexDefinition, from present: inout [IndexDefinition], _ declared: DeclaredState, _ actual: ActualState,
    _ task: IndexTask
  ) {
    let exact = present.firstIndex { $0.means(wanted) }.map { present.remove(at: $0) }
    let wrong = present.filter { $0.isWrongVersion(of: wanted) }
    let covers = present.filter { $0.isCover(of: wanted) }
    present.removeAll { index in (wrong + covers).contains { $0.name == index.name } }

    let building = wanted.named(free: actual.indexes).binary(in: actual)
    if let exact {
      if task.rebuild.contains(wanted.name) {
        steps.append(
          Step(declared.name, exact.name, .rebuild, wanted.text, .replace([exact], by: building.named(exact.name))))
      } else {
        steps.append(Step(declared.name, exact.name, .keep, wanted.text))
      }
      for index in wrong {
        let why = "\(exact.name) is as declared, and this index \(wanted.differenceText(in: index))"
        steps.append(Step(declared.name, index.name, .drop, why, .drop(index)))
      }
    } else if let first = wrong.first {
      let why = wrong.map { "\($0.name) \(wanted.differenceText(in: $0))" }.joined(separator: "; ")
      let action: Action =
        wrong.count == 1 && wanted.canAlter(first)
        ? .alter(first, to: wanted) : .replace(wrong, by: building)
      steps.append(Step(declared.name, first.name, .change, why, action))
    } else {
      steps.append(Step(declared.name, building.name, .create, wanted.text, .build(building)))
    }
    for index in covers {
      steps.append(Step(declared.name, index.name, .drop, "left over from a rebuild", .drop(index)))
    }
  }

  private mutating func addExtra(
    _ index: IndexDefinition, _ declared: DeclaredState, _ actual: ActualState, _ task: IndexTask
  ) {
    var text = index.text
    let isShardKey = actual.shardKey.map { !$0.isEmpty && index.key.map(\.field).starts(with: $0) } ?? true
    if actual.shardKey == nil {
      text += "; kept, because it may belong to the shard key: the login cannot read config.collections"
    } else if isShardKey {
      text += "; the shard key needs it"
    }
    if let wanted = declared.indexes.first(where: { $0.replaces(index) }) {
      text += "; redundant, because the declared index \(wanted.name) begins with the same fields"
    }
    let expires = DocumentLoss.expires(index)
    if expires { text += "; it deletes documents" }
    let loss: Severity = DocumentLoss.isSevere(in: declared.name) ? .error : .warning
    let drops = task.prune && !isShardKey
    steps.append(
      Step(
        declared.name, index.name, drops ? .drop : .extra, text, isExtra: true, loss: expires ? loss : nil,
        drops ? .drop(index) : .none))
  }

  private func validator(
    _ declared: DeclaredState, _ actual: ActualState, _ task: IndexTask
  ) -> Step {
    let validation = task.validation
    guard let there = actual.description else {
      let level = validation ?? .moderate
      return Step(
        declared.name, nil, .create, level.rawValue, .validate(declared.validator, level: level, isNew: true))
    }
    let isStrict = there.validationLevel == IndexTask.Validation.strict.rawValue
    let level = validation ?? (isStrict && there.validator != nil ? .strict : .moderate)
    var why: [String] = []
    if let foreign = there.validator, !declared.isOwn(foreign) {
      let rules = "another author's validator: \(ExtendedJSON.canonical(foreign))"
      guard task.replaceValidators else {
        return Step(declared.name, nil, .blocked, "\(rules); kept; to replace it, use \(task.replaceValidatorsName)")
      }
      why.append("replaces \(rules)")
    } else if there.validator == nil {
      why.append("missing")
    } else if there.validator?.sorted != declared.validator.sorted {
      why.append("its rules differ")
    }
    if there.validator != nil {
      if there.validationLevel != level.level { why.append("its level is \(there.validationLevel)") }
      if there.validationAction != level.action, level == .warn { why.append("it refuses documents") }
      if there.validationAction != level.action, level != .warn { why.append("it only warns") }
    }
    if why.isEmpty { return Step(declared.name, nil, .keep, level.rawValue) }
    return Step(
      declared.name, nil, there.validator == nil ? .create : .change,
      "\(level.rawValue); \(why.joined(separator: ", "))",
      .validate(declared.validator, level: level, isNew: false))
  }
}

extension IndexDefinition {
  /// The index that replaces this one while it is built again. Its key ends with `_id`, so that the server treats it as
  /// another index, while it serves the same queries.
  var cover: IndexDefinition { IndexDefinition(key + [Part("_id")], name: name + "_cover") }

  func isCover(of wanted: IndexDefinition) -> Bool { means(wanted.cover) && name.hasSuffix("_cover") }

  /// Returns true for an index that occupies the position of the declared one. An index with the same key, but with
  /// another name and another partial filter or collation, belongs to another author and is kept.
  func isWrongVersion(of wanted: IndexDefinition) -> Bool {
    guard key == wanted.key, !means(wanted) else { return false }
    return name == wanted.name
      || options.partialFilter == wanted.options.partialFilter && options.collation == wanted.options.collation
  }

  /// Returns true if the other index can be changed into this one without a new build.
  func canAlter(_ other: IndexDefinition) -> Bool {
    var like = other.options
    like.isHidden = options.isHidden
    if like.expireAfter != nil, options.expireAfter != nil { like.expireAfter = options.expireAfter }
    return like == options
  }

  func differenceText(in other: IndexDefinition) -> String {
    options.differences(in: other.options).joined(separator: ", ")
  }

  /// Returns the key and all options of the index.
  var text: String {
    ([keyText] + IndexOptions().differences(in: options).map { $0.hasPrefix("is ") ? String($0.dropFirst(3)) : $0 })
      .joined(separator: ", ")
  }

  /// Returns the index's own name, or the next one that no other index has.
  func named(free taken: [IndexDefinition]) -> IndexDefinition {
    let names = Set(taken.map(\.name))
    var candidate = name
    var number = 2
    while names.contains(candidate) {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return named(candidate)
  }

  /// Returns the definition with an explicit simple collation if the collection has a different default collation.
  fileprivate func binary(in actual: ActualState) -> IndexDefinition {
    guard actual.description?.hasCollation == true else { return self }
    var copy = self
    copy.options.others["collation"] = .document(BSONDocument { $0.append("locale", "simple") })
    return copy
  }
}

extension BSONDocument {
  /// Returns a schema in normalized form: the order of its keywords, the order of its lists of names, and the types of
  /// numbers have no meaning.
  var sorted: BSONDocument {
    BSONDocument { out in
      for (name, value) in elements.sorted(by: { $0.key < $1.key }) {
        switch value {
        case .document(let inner): out.append(name: name, .document(inner.sorted))
        case .array(let inner): out.append(name: name, .array(inner.sortedList))
        default: out.append(name: name, value.plainNumber)
        }
      }
    }
  }

  private var sortedList: BSONDocument {
    var values = elements.map { element -> BSONValue in
      if case .document(let inner) = element.value { return .document(inner.sorted) }
      return element.value.plainNumber
    }
    if values.allSatisfy({ $0.string != nil }) { values.sort { ($0.string ?? "") < ($1.string ?? "") } }
    return BSONDocument { out in for (i, value) in values.enumerated() { out.append(name: String(i), value) } }
  }
}

extension BSONValue {
  fileprivate var plainNumber: BSONValue { integer.map(BSONValue.int64) ?? self }
}
