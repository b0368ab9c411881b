import BSON

/// The value of `start_latlng` and `end_latlng`: a point, or the empty array that Strava sends if there is no point.
public struct Coordinates: BSONLeaf, Encodable, Sendable, Hashable {
  public struct Point: Sendable, Hashable {
    /// The latitude in degrees, −90 to 90.
    public let latitude: Double
    /// The longitude in degrees, −180 to 180.
    public let longitude: Double
  }

  /// The valid latitudes in degrees.
  static let latitudes = -90.0...90
  /// The valid longitudes in degrees.
  static let longitudes = -180.0...180

  /// The point; nil for `[]`.
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

  /// The latitude and longitude in the order in which they are stored.
  var pair: [Double]? { point.map { [$0.latitude, $0.longitude] } }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(pair ?? [])
  }
}
