import BSON

/// How delicate a value is, by the key it stands under, at any depth.
public enum SensitivityClass: UInt8, CaseIterable, Sendable {
  case secret, identity, location, health

  /// The name in options, settings and docs.
  public var name: String {
    switch self {
    case .secret: "secret"
    case .identity: "identity"
    case .location: "location"
    case .health: "health"
    }
  }

  /// The keys whose values have this class.
  public var keys: [String] {
    switch self {
    case .secret: ["access_token", "refresh_token", "embed_token", "client_secret", "callback_url", "authorization"]
    case .identity:
      [
        "firstname", "lastname", "username", "email", "dateofbirth", "bio", "sex", "profile", "profile_medium",
        "instagram_username", "clubs", "display_name", "avatar_url", "private_note",
      ]
    case .location:
      [
        "start_latlng", "end_latlng", "latlng", "start_latitude", "start_longitude", "end_latitude", "end_longitude",
        "polyline", "summary_polyline", "location", "location_city", "location_state", "location_country", "city",
        "state", "country", "timezone",
      ]
    case .health:
      [
        "heartrate", "average_heartrate", "max_heartrate", "suffer_score", "perceived_exertion", "calories", "weight",
        "ftp", "zones", "distribution_buckets",
      ]
    }
  }

  public static func of(_ key: String) -> SensitivityClass? {
    ClassedKeys.shared.table.index(of: key).map { ClassedKeys.shared.classes[$0] }
  }

  /// The class that the element's own key gives; the `data` of a stream is `ofStreamData`'s matter.
  @inline(__always)
  public static func of(_ element: BSONElement) -> SensitivityClass? {
    let keys = ClassedKeys.shared
    return keys.table.index(of: element).map { keys.classes[$0] }
  }

  /// The class of `data` in an object whose `type` names a classed key (a stream inside a record).
  public static func ofStreamData(in object: BSONView) -> SensitivityClass? {
    guard let type = object["type"]?.text else { return nil }
    let keys = ClassedKeys.shared
    return keys.table.index(of: type).map { keys.classes[$0] }
  }

  /// A JSON Pointer to the first value of one of `classes`; null, "" and empty containers are no values.
  public static func firstValue(of classes: SensitivityClasses, in record: BSONView) -> String? {
    var path = PointerPath()
    return ClassedKeys.shared.holdsValue(of: classes, in: record, isArray: false, &path) ? path.text : nil
  }
}

/// A set of classes.
public struct SensitivityClasses: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public init(_ member: SensitivityClass) { rawValue = 1 << member.rawValue }

  public static let secret = SensitivityClasses(.secret)
  public static let identity = SensitivityClasses(.identity)
  public static let location = SensitivityClasses(.location)
  public static let health = SensitivityClasses(.health)
}

private struct ClassedKeys: Sendable {
  static let shared = ClassedKeys()

  let table: KeyTable
  let classes: [SensitivityClass]

  private init() {
    let pairs = SensitivityClass.allCases.flatMap { member in member.keys.map { ($0, member) } }
    table = KeyTable(pairs.map(\.0))
    classes = pairs.map(\.1)
  }

  /// Leaves the way to the value in `path` when there is one.
  func holdsValue(of wanted: SensitivityClasses, in view: BSONView, isArray: Bool, _ path: inout PointerPath) -> Bool {
    for element in view {
      let isContainer = element.value.is(.document) || element.value.is(.array)
      if !isArray, !element.value.isBlank, let found = classOf(element, in: view), wanted.contains(.init(found)) {
        path.push(element)
        return true
      }
      guard isContainer else { continue }
      path.push(element)
      if holdsValue(of: wanted, in: BSONView(element.value.base), isArray: element.value.is(.array), &path) {
        return true
      }
      path.pop()
    }
    return false
  }

  @inline(__always)
  private func classOf(_ element: BSONElement, in object: BSONView) -> SensitivityClass? {
    if let index = table.index(of: element) { return classes[index] }
    return element.hasKey("data") ? SensitivityClass.ofStreamData(in: object) : nil
  }
}

extension BSONField {
  /// True for null, "" and empty containers.
  var isBlank: Bool {
    if isNull { return true }
    if let text { return text.isEmpty }
    if let view = document ?? array { return view.isEmpty }
    return false
  }
}
