import Findings

/// The rules that distinguish kinds, as a Markdown table of the rows of `Evidence.table`.
public struct KindTable: Sendable {
  public init() {}

  public var text: String {
    let rows = Evidence.table.enumerated().map { number, row in
      Self.row([
        "\(number + 1)", "`\(row.kind.rawValue)`", Self.list(row.required),
        row.supports.map(Self.words).joined(separator: "; "), Self.list(row.excluding), Self.outcome(of: row.kind),
      ])
    }
    return (introduction + rows).joined(separator: "\n") + "\n"
  }

  private var introduction: [String] {
    [
      "# How records are recognized", "",
      "This page is rendered by `make schema`. To change it, edit the evidence table.", "",
      "The members of an object decide its kind. The rows are tried from the top, and the first row whose evidence is "
        + "complete decides. Members that a row does not name are ignored: a whole activity is an activity, whatever "
        + "else the object contains.", "",
      "- **required**: the object has all of these members.",
      "- **supporting**: the object has at least this many of these members.",
      "- **excluding**: the object has none of these members.", "",
      "A member counts if its value is not null, unless the table says otherwise. For example, `id` must be a number or "
        + "a text. An object that matches no row is `unrecognised` (SS020).", "",
      "| # | kind | required | supporting | excluding | what import does |", "|---|---|---|---|---|---|",
    ]
  }

  private static func words(_ support: Evidence.Support) -> String {
    "at least \(support.least) of: \(list(support.marks))"
  }

  private static func list(_ marks: MarkSet) -> String { marks.marks.map(\.words).joined(separator: ", ") }

  private static func outcome(of kind: RecordKind) -> String {
    switch kind.disposition {
    case .stored: kind == .athleteZones ? "stores it if its athlete is known, otherwise skips it (SS028)" : "stores it"
    case .skipped: kind == .protocolLine ? "ignores the line (SS029)" : "skips it (SS028)"
    case .refused(let rule): "rejects it (\(rule.rawValue))"
    }
  }

  private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}

extension Mark {
  fileprivate var words: String {
    let definition = definition
    let keys = (definition.lookedAt.isEmpty ? definition.keys : definition.lookedAt).map { "`\($0)`" }
    let named = keys.joined(separator: " or ")
    let also = definition.lookedAt.isEmpty ? [] : definition.keys.map { "`\($0)`" }
    let condition = definition.condition ?? definition.shapes.words
    guard let condition else { return named }
    if named.isEmpty { return condition }
    return (["\(named) (\(condition))"] + also).joined(separator: " or ")
  }
}
