import BSON

/// An SVG diagram of the collections and the references between them.
public struct CollectionPicture: Sendable {
  private let boxes: [Box]
  private let width: Int
  private let height: Int

  fileprivate struct Row {
    let name: String
    let type: String
    let field: FieldSchema
  }

  private struct Box {
    let collection: StoredCollection
    let rows: [Row]
    let column: Int
    let x: Int
    let y: Int

    var height: Int { Layout.head + rows.count * Layout.row + 8 }
    func middle(of field: String) -> Int? {
      rows.firstIndex { $0.name == field }.map { y + Layout.head + $0 * Layout.row + Layout.row / 2 }
    }
  }

  private enum Layout {
    static let margin = 24
    static let channel = 40
    static let box = 250
    static let gap = 90
    static let head = 34
    static let row = 18
    static let below = 30
  }

  /// The users are in the middle column, because most references point to them.
  private static let columns = [["activities"], ["users"], ["insights", "data_keys"]]

  public init(_ collections: [StoredCollection], sealing classes: SensitivityClasses) {
    var boxes: [Box] = []
    var x = Layout.margin
    var bottom = 0
    for (column, names) in Self.columns.enumerated() {
      var y = Layout.margin + Layout.channel
      let shown = names.compactMap { name in collections.first { $0.name == name } }
      for collection in shown {
        let rows = collection.fields.compactMap { Row($0, sealing: classes) }
        let box = Box(collection: collection, rows: rows, column: column, x: x, y: y)
        boxes.append(box)
        y += box.height + Layout.below
        bottom = max(bottom, y)
      }
      if !shown.isEmpty { x += Layout.box + Layout.gap }
    }
    self.boxes = boxes
    width = max(x - Layout.gap, Layout.margin + 560) + Layout.margin
    height = bottom + Layout.margin
  }

  public var text: String {
    let head = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
        + "height=\"\(height)\" font-family=\"sans-serif\" font-size=\"12\">",
      "<title>Collections and references</title>",
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
        + "orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#fc4c02\"/></marker></defs>",
      "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>",
    ]
    return (head + boxes.flatMap(draw) + references + legend + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private func draw(_ box: Box) -> [String] {
    var lines = [
      "<rect x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(Layout.box)\" height=\"\(box.height)\" rx=\"6\" "
        + "fill=\"#fafafa\" stroke=\"#888888\"/>",
      "<text x=\"\(box.x + 12)\" y=\"\(box.y + 22)\" font-size=\"15\" font-weight=\"bold\">\(box.collection.name)</text>",
    ]
    for (index, row) in box.rows.enumerated() {
      let y = box.y + Layout.head + index * Layout.row
      if let member = row.field.sensitivity {
        lines.append(
          "<circle cx=\"\(box.x + 14)\" cy=\"\(y + Layout.row / 2)\" r=\"4\" fill=\"\(Self.colour(of: member))\"/>")
      }
      let weight = row.field.stored?.required == true ? " font-weight=\"bold\"" : ""
      lines.append("<text x=\"\(box.x + 24)\" y=\"\(y + 13)\"\(weight)>\(row.name)</text>")
      lines.append(
        "<text x=\"\(box.x + Layout.box - 12)\" y=\"\(y + 13)\" text-anchor=\"end\" fill=\"#666666\">\(row.type)</text>"
      )
    }
    return lines
  }

  private var references: [String] {
    var taken: [Int: Int] = [:]  // The number of vertical lines in each gap.
    return boxes.flatMap { box in
      box.rows.compactMap { row -> String? in
        guard let reference = row.field.reference, let start = box.middle(of: row.name),
          let target = boxes.first(where: { $0.collection.name == reference.collection }),
          let end = target.middle(of: reference.field)
        else { return nil }
        let toLeft = target.column < box.column
        let from = toLeft ? box.x : box.x + Layout.box
        let to = toLeft ? target.x + Layout.box : target.x
        let direction = toLeft ? -1 : 1
        let turn = from + direction * (16 + lane(&taken, box.column * 2 + (toLeft ? 0 : 1)))
        var path = "M\(from) \(start) H\(turn) "
        if abs(target.column - box.column) > 1 {
          // The line runs above the boxes between its ends.
          path += "V\(Layout.margin + Layout.channel / 2) H\(to - direction * 64) "
        }
        path += "V\(end) H\(to)"
        return "<path d=\"\(path)\" fill=\"none\" stroke=\"#fc4c02\" stroke-width=\"1.5\" marker-end=\"url(#arrow)\">"
          + "<title>\(box.collection.name).\(row.name) → \(reference.collection).\(reference.field)</title></path>"
      }
    }
  }

  private func lane(_ taken: inout [Int: Int], _ gap: Int) -> Int {
    defer { taken[gap, default: 0] += 1 }
    return taken[gap, default: 0] * 14
  }

  private var legend: [String] {
    var x = Layout.margin
    let y = height - Layout.margin
    var lines: [String] = []
    for member in SensitivityClass.allCases {
      lines.append("<circle cx=\"\(x + 4)\" cy=\"\(y - 4)\" r=\"4\" fill=\"\(Self.colour(of: member))\"/>")
      lines.append("<text x=\"\(x + 14)\" y=\"\(y)\">\(member.name)</text>")
      x += 80
    }
    return lines + [
      "<text x=\"\(x)\" y=\"\(y)\"><tspan font-weight=\"bold\">bold</tspan>: every document has it</text>"
    ]
  }

  private static func colour(of member: SensitivityClass) -> String {
    switch member {
    case .secret: "#b00020"
    case .identity: "#7b1fa2"
    case .location: "#00796b"
    case .health: "#c77700"
    }
  }
}

extension CollectionPicture.Row {
  init?(_ field: FieldSchema, sealing classes: SensitivityClasses) {
    guard let stored = field.stored else { return nil }
    let isSealed = field.sensitivity.map { classes.contains(SensitivityClasses($0)) } ?? false
    self.init(name: stored.name, type: isSealed ? "binData" : stored.type.serverNames[0], field: field)
  }
}
