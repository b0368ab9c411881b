import BSON
import Sealing
import StravaRecords

/// The selected fields, as dotted paths (`name`, `map.summary_polyline`); all fields if none is named. Inside an array,
/// a path applies to each element.
package struct FieldSelection: Sendable {
  private struct Branch: Sendable {
    let name: [UInt8]
    /// The selected members; nil if the whole value is selected.
    var inner: FieldSelection?

    func copy(_ element: BSONElement, to out: inout BSONWriter) {
      guard let inner else { return out.append(element) }
      if element.value.isContainer { inner.copyInside(element, to: &out) }
    }
  }

  /// The paths as the user gave them.
  package let paths: [String]
  private var branches: [Branch] = []

  package init(_ paths: [String] = []) {
    self.paths = paths
    for path in paths { add(path.split(separator: ".", omittingEmptySubsequences: false)[...]) }
  }

  package var isEverything: Bool { branches.isEmpty }

  private mutating func add(_ path: ArraySlice<Substring>) {
    guard let first = path.first else { return }
    let rest = path.dropFirst()
    let name = Array(first.utf8)
    guard let index = branches.firstIndex(where: { $0.name == name }) else {
      var branch = Branch(name: name, inner: nil)
      if !rest.isEmpty {
        branch.inner = FieldSelection()
        branch.inner?.add(rest)
      }
      return branches.append(branch)
    }
    if rest.isEmpty { branches[index].inner = nil } else { branches[index].inner?.add(rest) }
  }

  /// Returns the reason why a path is invalid; nil if all are valid.
  package var fault: String? {
    for path in paths {
      let names = path.split(separator: ".", omittingEmptySubsequences: false)
      if names.contains(where: { $0.isEmpty || $0.hasPrefix("$") || $0.contains("\0") }) {
        return "'\(path)' is not a valid field path; use names with dots between, such as map.summary_polyline"
      }
    }
    return nil
  }

  /// Returns the paths that are not columns of the collection's CSV, in any form of the database.
  package func unknownColumns(of collection: String) -> [String] {
    let columns = StoreForm.allCases.flatMap { FlatColumns.of(collection, in: $0).columns }
    return paths.filter { path in
      let one = FieldSelection([path])
      return !columns.contains { one.covers($0.path) }
    }
  }

  /// Returns the paths that are not fields of the collection, in any form of the database. Inside a raw record, any path is allowed.
  package func unknownFields(of collection: String) -> [String] {
    let fields = StoreForm.allCases.flatMap { StoredCollection.named(collection, in: $0)?.fields ?? [] }
    return paths.filter { path in
      Self.isUnknown(path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...], in: fields)
    }
  }

  private static func isUnknown(_ path: ArraySlice<String>, in fields: [FieldSchema]) -> Bool {
    guard let name = path.first else { return false }
    guard let field = fields.first(where: { $0.stored?.name == name }), let stored = field.stored else { return true }
    let rest = path.dropFirst()
    if field.isOpen { return false }
    if !field.fields.isEmpty { return isUnknown(rest, in: field.fields) }
    return !rest.isEmpty && stored.type != .document
  }

  /// The paths without those inside others, as a server's projection requires.
  var disjoint: [String] { paths(below: "") }

  private func paths(below outer: String) -> [String] {
    branches.flatMap { branch -> [String] in
      let path = outer + String(decoding: branch.name, as: UTF8.self)
      return branch.inner?.paths(below: path + ".") ?? [path]
    }
  }

  /// Returns true if the whole value at a path is selected.
  func covers(_ path: [String]) -> Bool {
    if isEverything { return true }
    guard let first = path.first, let branch = branches.first(where: { $0.name.elementsEqual(first.utf8) }) else {
      return false
    }
    return branch.inner?.covers(Array(path.dropFirst())) ?? true
  }

  /// Copies the selected part of a document.
  ///
  /// A `raw_data` of which only some members are selected ends with the mark of `LeftOut`.
  func copy(_ document: BSONView, to out: inout BSONWriter) {
    let start = out.begin()
    for element in document {
      guard let branch = branches.first(where: { $0.name.elementsEqual(element.key) }) else { continue }
      if let inner = branch.inner, element.hasKey("raw_data"), let record = element.value.document {
        let start = out.begin(copyingHeaderOf: element)
        inner.copyElements(of: record, to: &out)
        LeftOut.append(LeftOut.names(in: record) + [LeftOut.fields], to: &out)
        out.end(start)
      } else {
        branch.copy(element, to: &out)
      }
    }
    out.end(start)
  }

  private func copyElements(of document: BSONView, to out: inout BSONWriter) {
    for element in document {
      branches.first { $0.name.elementsEqual(element.key) }?.copy(element, to: &out)
    }
  }

  private func copyInside(_ element: BSONElement, to out: inout BSONWriter) {
    let start = out.begin(copyingHeaderOf: element)
    if let array = element.value.array {
      for inner in array where inner.value.isContainer { copyInside(inner, to: &out) }
    } else {
      copyElements(of: BSONView(element.value.base), to: &out)
    }
    out.end(start)
  }
}
