/// The evidence for kinds as JSON Schema.
enum EvidenceSchema {
  static func anyOf(_ rules: [JSONValue]) -> JSONValue { rules.count == 1 ? rules[0] : ["anyOf": .array(rules)] }
  static func allOf(_ rules: [JSONValue]) -> JSONValue { rules.count == 1 ? rules[0] : ["allOf": .array(rules)] }

  /// Returns a schema that requires at least `count` of the rules, as an `anyOf` of all combinations of that many
  /// rules.
  static func atLeast(_ count: Int, of rules: [JSONValue]) -> JSONValue {
    anyOf(picks(count, from: rules[...]).map(allOf))
  }

  private static func picks(_ count: Int, from rules: ArraySlice<JSONValue>) -> [[JSONValue]] {
    if count == 0 { return [[]] }
    guard rules.count >= count, let first = rules.first else { return [] }
    let rest = rules.dropFirst()
    return picks(count - 1, from: rest).map { [first] + $0 } + picks(count, from: rest)
  }
}

extension Evidence {
  var rendering: JSONValue {
    var rules = required.marks.map(\.rendering)
    rules += supports.map { EvidenceSchema.atLeast($0.least, of: $0.marks.marks.map(\.rendering)) }
    if !excluding.marks.isEmpty { rules.append(["not": EvidenceSchema.anyOf(excluding.marks.map(\.rendering))]) }
    return EvidenceSchema.allOf(rules)
  }
}

extension Mark {
  /// The schema of a mark that depends on the value of a key, of four of the five activity marks, or of zones.
  fileprivate var rendering: JSONValue {
    if self == .fourOfFive { return EvidenceSchema.atLeast(4, of: Evidence.five.marks.map(\.rendering)) }
    let definition = definition
    if self == .zones {
      return EvidenceSchema.anyOf(definition.lookedAt.map { InputSchema.present($0, Self.zonesOfOneSort) })
    }
    precondition(definition.look == nil && !definition.keys.isEmpty, "no JSON Schema looks inside for \(rawValue)")
    return EvidenceSchema.anyOf(
      definition.keys.map { key in
        switch definition.shapes {
        case .any: ["required": [.string(key)]]
        case .plain: InputSchema.present(key, ["type": ["string", "number", "boolean"]])
        default: InputSchema.present(key)
        }
      })
  }

  /// The schema of `heart_rate` or `power` in an athlete's zones.
  private static let zonesOfOneSort: JSONValue = [
    "type": "object", "required": ["zones"],
    "properties": [
      "zones": ["type": "array", "items": ["type": "object", "required": ["min", "max"]]], "custom_zones": true,
    ],
    "additionalProperties": false,
  ]
}
