import BSON

/// A record, wherever in its wrapper it stood.
public struct FoundRecord {
  public let view: BSONView
  /// JSON Pointer from the outer value; "" where that is the record itself.
  public let pointer: String
  public let detected: Detected
  /// The athlete id of the innermost enclosing object that names one.
  public let enclosingAthlete: Int64?
  /// Of the record, where it has one; its tags are those of `RecordKeys`.
  public let outline: BSONOutline?

  public init(
    view: BSONView, pointer: String, detected: Detected, enclosingAthlete: Int64?, outline: BSONOutline? = nil
  ) {
    self.view = view
    self.outline = outline
    self.pointer = pointer
    self.detected = detected
    self.enclosingAthlete = enclosingAthlete
  }
}

/// A member of a wrapper that neither is nor contains a record.
public struct WrapperKey {
  public let name: String
  /// JSON Pointer from the outer value.
  public let pointer: String
  /// How many elements of an array of records are null instead; the pointer is that of the first. 0 for all else.
  public let nulls: Int
  /// The value, where it may hold texts that are looked into; nil for what holds records, and for lines of protocols.
  public let value: BSONField?

  public init(name: String, pointer: String, nulls: Int = 0, value: BSONField? = nil) {
    self.name = name
    self.pointer = pointer
    self.nulls = nulls
    self.value = value
  }
}

/// Calls `body` with the object itself where it is a record, else with each record that it wraps, in order.
///
/// A wrapper is any object of no known kind that holds objects of known kinds, in members or arrays, at most six
/// objects deep. A bare reference alone makes no wrapper. An object with nothing known inside is one record of kind
/// `unrecognised`; so is each object of no known kind that is among records or looks like one.
///
/// What is not stored (a skipped kind, a derived activity, an unrecognised object) is searched at any depth for whole
/// activities. Those of a skipped kind come after it; the others become wrappers of what is found in them. Records that
/// are stored are not searched here: `ActivitySearch` looks into their unknown members.
///
/// - Parameters:
///   - outline: of the object; its tags are those of `RecordKeys`.
///   - key: that of the object, where it is itself a member of a wrapper.
/// - Returns: the wrapper's members that are not records (scalars, requests, settings).
@discardableResult
public func forEachRecord(
  in value: BSONView, outline: BSONOutline? = nil, memberOfWrapper key: String? = nil,
  _ body: (FoundRecord) throws -> Void
) rethrows -> [WrapperKey] {
  let detected = RecordKind.detect(value, outline: outline)
  let whole = FoundRecord(view: value, pointer: "", detected: detected, enclosingAthlete: nil, outline: outline)
  if detected.kind.disposition == .stored {
    try body(whole)
    return []
  }
  var walk = WrapperWalk()
  switch walk.object(value, detected, depth: 0, athlete: nil, outline: outline) {
  case .records, .reference: break
  case .line: return value.map { WrapperKey(name: $0.keyText, pointer: "/" + $0.keyText.pointerStep) }
  case .nothing:
    if let key, !value.looksLikeData {
      return [WrapperKey(name: key, pointer: "", value: BSONField(document: value))]
    }
    try body(whole)
    return []
  }
  for record in walk.found { try body(record) }
  return walk.wrapperKeys
}

private struct WrapperWalk {
  static let deepest = 6

  var found: [FoundRecord] = []
  var wrapperKeys: [WrapperKey] = []
  private var path = PointerPath()

  private mutating func add(_ view: BSONView, _ detected: Detected, _ athlete: Int64?) {
    found.append(FoundRecord(view: view, pointer: path.text, detected: detected, enclosingAthlete: athlete))
  }

  /// The member that the path leads to.
  private mutating func addKey(_ name: String, _ value: BSONField?) {
    wrapperKeys.append(WrapperKey(name: name, pointer: path.text, value: value))
  }

  /// True where a record was found; otherwise nothing is left behind.
  mutating func members(of object: BSONView, depth: Int, athlete outer: Int64?) -> Bool {
    guard depth <= Self.deepest, object["resource_state"] == nil else { return false }
    let athlete = object.namedAthlete ?? outer
    let (oldFound, oldKeys) = (found.count, wrapperKeys.count)
    var any = false
    for member in object {
      path.push(member)
      defer { path.pop() }
      if let inner = member.value.document {
        if inner.isEmpty { continue }
        switch self.object(inner, depth: depth, athlete: athlete) {
        case .records: any = true
        case .reference: break
        case .line: addKey(member.keyText, nil)
        case .nothing:
          if inner.looksLikeData || member.isNumbered {
            add(inner, Detected(.unrecognised), athlete)
          } else {
            addKey(member.keyText, member.value)
          }
        }
      } else if let inner = member.value.array {
        if array(inner, named: member.keyText, depth: depth, athlete: athlete) { any = true }
      } else if !member.value.isNull {
        addKey(member.keyText, member.value)
      }
    }
    if !any {
      found.removeSubrange(oldFound...)
      wrapperKeys.removeSubrange(oldKeys...)
    }
    return any
  }

  fileprivate enum Outcome { case records, reference, nothing, line }

  private mutating func object(_ view: BSONView, depth: Int, athlete: Int64?) -> Outcome {
    object(view, RecordKind.detect(view), depth: depth, athlete: athlete)
  }

  fileprivate mutating func object(
    _ view: BSONView, _ detected: Detected, depth: Int, athlete: Int64?, outline: BSONOutline? = nil
  ) -> Outcome {
    switch detected.kind {
    case .protocolLine: return .line
    case .unrecognised:
      if members(of: view, depth: depth + 1, athlete: athlete) { return .records }
      return activities(in: view, athlete: athlete) ? .records : .nothing
    case .documentRow, .derivedActivity:
      if activities(in: view, athlete: athlete) { return .records }
    default: break
    }
    found.append(
      FoundRecord(view: view, pointer: path.text, detected: detected, enclosingAthlete: athlete, outline: outline))
    if detected.kind == .meta { return .reference }
    if detected.kind.disposition == .skipped {
      var search = ActivitySearch(path)
      search.look(into: view, detected.kind, athlete: athlete)
      found += search.found
    }
    return .records
  }

  /// Takes an object that is not a record itself for a wrapper of the whole activities in it, at any depth.
  private mutating func activities(in view: BSONView, athlete: Int64?) -> Bool {
    var search = ActivitySearch(path)
    let oldKeys = wrapperKeys.count
    let hasContainers = view.contains { $0.value.is(.document) || $0.value.is(.array) }
    // Looks at all members, so not at each of them again.
    let athlete = hasContainers ? view.namedAthlete ?? athlete : nil
    for member in view {
      let known = search.found.count
      search.look(at: member, athlete: athlete)
      guard search.found.count == known, !member.value.isNull else { continue }
      path.push(member)
      addKey(member.keyText, member.value)
      path.pop()
    }
    if search.found.isEmpty {
      wrapperKeys.removeSubrange(oldKeys...)
      return false
    }
    found += search.found
    return true
  }

  /// True where a record was found. Otherwise objects that look like data are left in `found`, since a sibling of the
  /// array may yet show that this is a wrapper.
  private mutating func array(_ view: BSONView, named name: String, depth: Int, athlete: Int64?) -> Bool {
    guard depth <= Self.deepest, !view.isEmpty else { return false }
    if RecordKind.detectStreamSet(view) {
      add(view, Detected(.streams), athlete)
      return true
    }
    let old = found.count
    var any = false
    var hasOthers = false
    var nulls = 0
    var firstNull = ""
    for element in view {
      path.push(element)
      defer { path.pop() }
      if let inner = element.value.document {
        switch object(inner, depth: depth, athlete: athlete) {
        case .records: any = true
        case .reference: break
        case .line: hasOthers = true
        case .nothing: add(inner, Detected(.unrecognised), athlete)
        }
      } else if let inner = element.value.array {
        if array(inner, named: name, depth: depth + 1, athlete: athlete) { any = true }
      } else if element.value.isNull {
        nulls += 1
        if nulls == 1 { firstNull = path.text }
      } else {
        hasOthers = true
      }
    }
    if any, nulls > 0 { wrapperKeys.append(WrapperKey(name: name, pointer: firstNull, nulls: nulls)) }
    if !any { dropPlainObjects(from: old) }
    if hasOthers || found.count == old { addKey(name, any ? nil : BSONField(array: view)) }
    return any
  }

  private mutating func dropPlainObjects(from old: Int) {
    let kept = found[old...].filter { $0.view.looksLikeData }
    found.replaceSubrange(old..., with: kept)
  }
}

extension BSONField {
  fileprivate init(document: BSONView) { self.init(type: BSONType.document.rawValue, base: document.base) }
  fileprivate init(array: BSONView) { self.init(type: BSONType.array.rawValue, base: array.base) }
}

extension BSONElement {
  /// Keyed by id: such members are alike, and one of no known kind among records is a broken record.
  fileprivate var isNumbered: Bool { keyCount > 0 && key.allSatisfy { $0 &- 48 <= 9 } }
}

extension BSONView {
  /// An id or Strava's own mark, and none of the marks of a request or response.
  fileprivate var looksLikeData: Bool {
    guard self["headers"] == nil, self["url"] == nil, self["method"] == nil else { return false }
    return self["id"] != nil || self["resource_state"] != nil
  }
}
