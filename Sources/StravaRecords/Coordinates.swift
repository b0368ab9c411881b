import BSON

/// `start_latlng` and `end_latlng`: a point, or the empty array that Strava sends for none.
public struct Coordinates: BSONLeaf, Encodable, Sendable, Hashable {
  public struct Point: Sendable, Hashable {
    /// Degrees, −90 to 90.
    public let latitude: Double
    /// Degrees, −180 to 180.
    public let longitude: Double
  }

  /// Degrees.
  static let latitudes = -90.0...90
  /// Degrees.
  static let longitudes = -180.0...180

  /// Nil for `[]`.
  public let point: Point?

  public init?(_ field: BSONField) {
    guard let array = field.array else { return nil }
    var elements = array.makeIterator()
    guard let first = elements.next() else {
      point = nil
      return
    }
    guard let second = elements.next(), elements.next() == nil,
      let latitude = first.value.number, let longitude = second.value.number,
      Self.latitudes ~= latitude, Self.longitudes ~= longitude
    else { return nil }
    point = Point(latitude: latitude, longitude: longitude)
  }

  /// Latitude and longitude, as they are stored.
  var pair: [Double]? { point.map { [$0.latitude, $0.longitude] } }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(pair ?? [])
  }
}
