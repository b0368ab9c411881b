import BSON

/// A record that was found in a wrapper, or that is the outer value itself.
public struct FoundRecord {
  public let view: BSONView
  /// The JSON Pointer from the outer value; "" if the record is the outer value.
  public let pointer: String
  public let detected: Detected
  /// The athlete id of the innermost enclosing object that names one.
  public let enclosingAthlete: Int64?
  /// The outline of the record, with the tags of `RecordKeys`; nil if it has none.
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
  /// The JSON Pointer from the outer value.
  public let pointer: String
  /// The number of elements of an array of records that are null instead. The pointer is that of the first. It is 0 for
  /// all other members.
  public let nulls: Int
  /// The value, if it may contain texts that must be examined; nil for values that contain records, and for protocol
  /// messages.
  public let value: BSONField?

  public init(name: String, pointer: String, nulls: Int = 0, value: BSONField? = nil) {
    self.name = name
    self.pointer = pointer
    self.nulls = nulls
    self.value = value
  }
}

/// Calls `body` with the object itself if it is a record; otherwise with each record inside it, in order.
///
/// A wrapper is an object of unknown kind that contains objects of known kinds, in members or arrays, at most six
/// objects deep. An object that contains only a reference to a record is not a wrapper. An object in which nothing is
/// known is one record of kind `unrecognised`. Each object of unknown kind that is next to records or looks like a
/// record is also `unrecognised`.
///
/// An object that is not stored (a skipped kind, a derived activity, an unrecognized object) is searched at any depth
/// for complete activities. The activities in an object of a skipped kind are reported after it. Other objects become
/// wrappers of the activities in them. Records that are stored are not searched here; `ActivitySearch` searches their
/// unknown members.
///
/// - Parameters:
///   - outline: the outline of the object, with the tags of `RecordKeys`.
///   - key: the key of the object, if it is a member of a wrapper.
/// - Returns: the members of the wrapper that are not records (scalars, requests, settings).
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

  /// Adds the member at the current path.
  private mutating func addKey(_ name: String, _ value: BSONField?) {
    wrapperKeys.append(WrapperKey(name: name, pointer: path.text, value: value))
  }

  /// Returns whether a record was found. If not, the results are unchanged.
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

  /// Searches an object that is not a record for complete activities, at any depth. If there are any, the object is
  /// their wrapper.
  private mutating func activities(in view: BSONView, athlete: Int64?) -> Bool {
    var search = ActivitySearch(path)
    let oldKeys = wrapperKeys.count
    let hasContainers = view.contains { $0.value.is(.document) || $0.value.is(.array) }
    // The look-up reads all members, so it is done once and not for each member.
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

  /// Returns whether a record was found. If not, objects that look like data remain in `found`, because a sibling of
  /// the array may still show that this is a wrapper.
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
  /// Whether the key is a number. Members with numbers as keys have the same kind, so one of unknown kind among records
  /// is a broken record.
  fileprivate var isNumbered: Bool { keyCount > 0 && key.allSatisfy { $0 &- 48 <= 9 } }
}

extension BSONView {
  /// Whether the object has an id or Strava's own mark, and none of the marks of a request or response.
  fileprivate var looksLikeData: Bool {
    guard self["headers"] == nil, self["url"] == nil, self["method"] == nil else { return false }
    return self["id"] != nil || self["resource_state"] != nil
  }
}
