import BSON

/// The columns of a CSV export as a Markdown table. It is rendered from the schema, so it is always up to date.
public struct ColumnTable: Sendable {
  private let collections: [StoredCollection]

  /// - Parameter collections: the collections that can be exported.
  public init(_ collections: [StoredCollection]) { self.collections = collections }

  public var text: String {
    var lines = [
      "# Columns of CSV", "",
      "The columns that `strava-store export --format csv` writes, in this order. Times are ISO 8601, in UTC. A missing "
        + "value is an empty cell. This page is rendered by `make schema`.",
    ]
    for collection in collections {
      lines += ["", "## \(collection.name)", "", "| column | field | type | unit | class | meaning |"]
      lines.append("|---|---|---|---|---|---|")
      for column in FlatColumns(collection.fields).columns { lines.append(row(column)) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func row(_ column: FlatColumns.Column) -> String {
    let cells = [
      "`\(column.name)`", "`\(column.path.joined(separator: "."))`", type(column.type), column.field.unit ?? "",
      column.field.sensitivity?.name ?? "", column.field.description.replacing("|", with: "\\|"),
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }

  private func type(_ type: BSONType) -> String {
    switch type {
    case .double: "number with a fraction"
    case .int32, .int64: "whole number"
    case .bool: "true or false"
    case .date: "time"
    case .objectID: "24 hexadecimal digits"
    default: "text"
    }
  }
}
