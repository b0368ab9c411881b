import BSON

/// How sensitive a value is, by its key, at any depth.
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

  /// The keys whose values have this class, as Strava spells them; `ClassedKeys` knows what spells the same.
  public var keys: [String] {
    switch self {
    case .secret: ["access_token", "refresh_token", "embed_token", "client_secret", "callback_url", "authorization"]
    case .identity:
      [
        "firstname", "lastname", "username", "email", "dateofbirth", "bio", "sex", "profile", "profile_medium",
        "profile_original", "instagram_username", "clubs", "display_name", "avatar_url", "private_note", "full_name",
        "gender", "local_legend",
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

  /// The class of a key by what it spells: `athlete.firstname` and `firstName` are a first name.
  public static func of(_ key: String) -> SensitivityClass? {
    key.withPaddedBytes { ClassedKeys.shared.sensitivity(of: $0) }
  }

  /// The class that the element's own key gives.
  @inline(__always)
  fileprivate static func of(_ element: BSONElement) -> SensitivityClass? {
    ClassedKeys.shared.sensitivity(of: element.key)
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
  public static let all: SensitivityClasses = [.secret, .identity, .location, .health]

  /// The classes' names, from secret to health.
  public var names: [String] { SensitivityClass.allCases.filter { contains(SensitivityClasses($0)) }.map(\.name) }

  /// True where the value of a document's element has one of these classes. Null and "" say nothing and have none.
  @inline(__always)
  public func cover(_ element: BSONElement) -> Bool {
    SensitivityClass.of(element).map { contains(SensitivityClasses($0)) && !element.value.isBlank } ?? false
  }

  /// The same for an element of `object`, where `type` may tell what the `data` of a stream is.
  @inline(__always)
  public func cover(_ element: BSONElement, in object: BSONView) -> Bool {
    guard let found = ClassedKeys.shared.sensitivity(of: element, in: object) else { return false }
    return contains(SensitivityClasses(found)) && !element.value.isBlank
  }

  /// What a value under this key may have; `data` has what the `type` beside it says.
  ///
  /// - Parameter key: with seven readable bytes behind it.
  public static func possible(under key: UnsafeRawBufferPointer) -> SensitivityClasses {
    if key.elementsEqual("data".utf8) { return .all }
    return ClassedKeys.shared.sensitivity(of: key).map { SensitivityClasses($0) } ?? []
  }

  /// Whether any value of a record has one of these classes, at any depth.
  ///
  /// - Parameters:
  ///   - outline: of the record, where it has one.
  ///   - inner: classes that values inside its own ones may have.
  public func coverAny(in record: BSONView, outline: BSONOutline?, inner: SensitivityClasses) -> Bool {
    guard let outline, isDisjoint(with: inner) else { return coverAny(in: record, isArray: false) }
    return record.elements(at: places(in: outline)).contains { cover($0, in: record) }
  }

  /// Where a record's elements begin, from its first byte, whose keys let their values have one of these classes.
  ///
  /// - Parameter outline: of the record; its tags are those of `RecordKeys`.
  public func places(in outline: BSONOutline) -> [UInt32] {
    outline.entries.compactMap { isDisjoint(with: RecordKeys.classes(of: $0.tag)) ? nil : $0.start }
  }

  private func coverAny(in view: BSONView, isArray: Bool) -> Bool {
    // What is nested is mostly long, and mostly holds nothing.
    if !isArray {
      for element in view where cover(element, in: view) { return true }
    }
    for element in view where element.value.is(.document) || element.value.is(.array) {
      if coverAny(in: BSONView(element.value.base), isArray: element.value.is(.array)) { return true }
    }
    return false
  }

  /// How many values of a record have one of these classes, at any depth; what is inside such a value is not counted.
  public func valueCount(in record: BSONView) -> Int { valueCount(in: record, isArray: false) }

  private func valueCount(in view: BSONView, isArray: Bool) -> Int {
    var count = 0
    for element in view {
      if !isArray, cover(element, in: view) {
        count += 1
      } else if element.value.is(.document) || element.value.is(.array) {
        count += valueCount(in: BSONView(element.value.base), isArray: element.value.is(.array))
      }
    }
    return count
  }
}

extension BSONField {
  /// True for null and "".
  @inlinable @inline(__always)
  public var isBlank: Bool { isNull || text?.isEmpty == true }
}
