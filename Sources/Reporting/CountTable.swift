/// A table of counts by name, in aligned columns. Empty columns are omitted.
public struct CountTable {
  private let columns: [String]
  private var rows: [(name: String, counts: [Int])] = []

  public init(columns: [String]) { self.columns = columns }

  public mutating func add(_ name: String, _ counts: [Int]) {
    precondition(counts.count == columns.count, "one count a column")
    rows.append((name, counts))
  }

  public func render() -> String {
    let kept = columns.indices.filter { i in rows.contains { $0.counts[i] != 0 } || i == 0 }
    var lines = [[""] + kept.map { columns[$0] }]
    for row in rows { lines.append([row.name] + kept.map { grouped(row.counts[$0]) }) }
    let widths = lines[0].indices.map { i in lines.map { $0[i].count }.max() ?? 0 }
    return lines.map { line in
      let first = line[0] + String(repeating: " ", count: widths[0] - line[0].count)
      let rest = line.indices.dropFirst().map { i in String(repeating: " ", count: widths[i] - line[i].count) + line[i]
      }
      return ([first] + rest).joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

/// Returns a count with its noun, such as "1 finding" or "2,000 findings".
///
/// - Parameter plural: the plural of the noun, if it does not end in a plain "s".
public func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// Returns a count with separators between thousands, such as "1,234,567".
public func grouped(_ count: Int) -> String {
  var text = ""
  for (i, digit) in String(count.magnitude).reversed().enumerated() {
    if i > 0, i % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return (count < 0 ? "-" : "") + String(text.reversed())
}
