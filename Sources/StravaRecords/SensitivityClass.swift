import BSON

/// The sensitivity class of a value. It depends on the key of the value, at any depth.
///
/// ```swift
/// SensitivityClass.of("firstname")  // .identity
/// SensitivityClass.of("athlete.firstName")  // .identity
/// SensitivityClass.of("distance")  // nil
/// ```
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

  /// The keys whose values have this class, as Strava writes them. `ClassedKeys` also recognizes other spellings.
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

  /// Returns the class of a key in any spelling: `athlete.firstname` and `firstName` are first names.
  public static func of(_ key: String) -> SensitivityClass? {
    key.withPaddedBytes { ClassedKeys.shared.sensitivity(of: $0) }
  }

  /// Returns the class that the element's own key determines.
  @inline(__always)
  fileprivate static func of(_ element: BSONElement) -> SensitivityClass? {
    ClassedKeys.shared.sensitivity(of: element.key)
  }
}

/// A set of sensitivity classes.
public struct SensitivityClasses: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public init(_ member: SensitivityClass) { rawValue = 1 << member.rawValue }

  public static let secret = SensitivityClasses(.secret)
  public static let identity = SensitivityClasses(.identity)
  public static let location = SensitivityClasses(.location)
  public static let health = SensitivityClasses(.health)
  public static let all: SensitivityClasses = [.secret, .identity, .location, .health]

  /// The names of the classes, from secret to health.
  public var names: [String] { SensitivityClass.allCases.filter { contains(SensitivityClasses($0)) }.map(\.name) }

  /// Returns whether the value of an element has one of these classes. Null and "" contain no data and have no class.
  @inline(__always)
  public func cover(_ element: BSONElement) -> Bool {
    SensitivityClass.of(element).map { contains(SensitivityClasses($0)) && !element.value.isBlank } ?? false
  }

  /// Returns the same for an element of `object`, whose `type` may determine the class of the `data` of a stream.
  @inline(__always)
  public func cover(_ element: BSONElement, in object: BSONView) -> Bool {
    guard let found = ClassedKeys.shared.sensitivity(of: element, in: object) else { return false }
    return contains(SensitivityClasses(found)) && !element.value.isBlank
  }

  /// Returns the classes that a value under this key may have. For `data`, the `type` in the same object determines the
  /// class.
  ///
  /// - Parameter key: the key, which must be followed by seven readable bytes.
  public static func possible(under key: UnsafeRawBufferPointer) -> SensitivityClasses {
    if key.elementsEqual("data".utf8) { return .all }
    return ClassedKeys.shared.sensitivity(of: key).map { SensitivityClasses($0) } ?? []
  }

  /// Returns whether any value of a record has one of these classes, at any depth.
  ///
  /// - Parameters:
  ///   - outline: the outline of the record, if it has one.
  ///   - inner: the classes that values inside the record's own values may have.
  public func coverAny(in record: BSONView, outline: BSONOutline?, inner: SensitivityClasses) -> Bool {
    guard let outline, isDisjoint(with: inner) else { return coverAny(in: record, isArray: false) }
    return record.elements(at: offsets(in: outline)).contains { cover($0, in: record) }
  }

  /// Returns the byte offsets, from the start of the record, of the elements whose keys allow one of these classes.
  ///
  /// - Parameter outline: the outline of the record, with the tags of `RecordKeys`.
  public func offsets(in outline: BSONOutline) -> [UInt32] {
    outline.entries.compactMap { isDisjoint(with: RecordKeys.classes(of: $0.tag)) ? nil : $0.start }
  }

  private func coverAny(in view: BSONView, isArray: Bool) -> Bool {
    // Nested values are usually long and usually have no sensitive values, so they are checked last.
    if !isArray {
      for element in view where cover(element, in: view) { return true }
    }
    for element in view where element.value.is(.document) || element.value.is(.array) {
      if coverAny(in: BSONView(element.value.base), isArray: element.value.is(.array)) { return true }
    }
    return false
  }

  /// Returns the number of values of a record that have one of these classes, at any depth. Values inside such a value
  /// are not counted.
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
  /// Whether the value is null or "".
  @inlinable @inline(__always)
  public var isBlank: Bool { isNull || text?.isEmpty == true }
}
