import BSON
import Exporting
import Mongo
import StoreAccess
import StravaRecords
import Testing

/// The filters that options are translated into, without a server.
@Suite struct ExportSelectionTests {
  private let user = ObjectID(hex: "65f0c0ffee0123456789abcd")

  private func filter(_ collection: String, _ change: (inout ExportSelection) -> Void) throws -> String {
    var selection = ExportSelection()
    change(&selection)
    let owner = ExportOwner(user: try #require(user), athlete: nil, isAthlete: false)
    let queries = selection.queries(collection, of: owner, in: .specification)
    #expect(queries.count == 1)
    return ExtendedJSON.canonical(queries[0].query.filter).filter { !$0.isWhitespace }
  }

  @Test func nothingAskedIsEverything() {
    #expect(ExportSelection().query("activities").filter.isEmpty)
    #expect(ExportSelection().query("users").sort == nil)
  }

  @Test func anOwnerIsAnIdOfUsersAndAReferenceElsewhere() throws {
    #expect(try filter("users") { _ in } == #"{"_id":{"$oid":"65f0c0ffee0123456789abcd"}}"#)
    #expect(try filter("insights") { _ in } == #"{"user_id":{"$oid":"65f0c0ffee0123456789abcd"}}"#)
  }

  /// An athlete's documents, each by one query, whichever form they have.
  @Test func anAthleteIsNamedInThreeWays() throws {
    let owner = ExportOwner(user: try #require(user), athlete: 7, isAthlete: true)
    func filters(_ collection: String, _ form: StoreForm, _ change: (inout ExportSelection) -> Void = { _ in })
      -> [String]
    {
      var selection = ExportSelection()
      change(&selection)
      return selection.queries(collection, of: owner, in: form).map {
        ExtendedJSON.canonical($0.query.filter).filter { !$0.isWhitespace }
      }
    }
    let seven = #"{"$numberLong":"7"}"#
    #expect(
      filters("activities", .specification) == [
        #"{"athlete_id":\#(seven)}"#,
        #"{"user_id":{"$oid":"65f0c0ffee0123456789abcd"},"athlete_id":{"$ne":\#(seven)}}"#,
        #"{"user_id":\#(seven),"athlete_id":{"$ne":\#(seven)}}"#,
      ])
    #expect(
      filters("insights", .platform) == [
        #"{"user_id":{"$oid":"65f0c0ffee0123456789abcd"}}"#, #"{"user_id":\#(seven)}"#,
      ])
    #expect(filters("users", .platform).count == 1)
    // A sort needs one query with an order of the indexes.
    #expect(filters("activities", .platform) { $0.sort = "-distance" } == [#"{"user_id":\#(seven)}"#])
    #expect(
      filters("activities", .specification) { $0.limit = 3 } == [#"{"user_id":{"$oid":"65f0c0ffee0123456789abcd"}}"#])
  }

  @Test func timesAreHalfOpen() throws {
    let text = try filter("activities") {
      $0.since = ExportSelection.time("2024-05-01")
      $0.until = ExportSelection.time("2024-06-01")
    }
    #expect(text.contains(#""start_date":{"$gte":{"$date":{"$numberLong":"1714521600000"}},"$lt":"#))
    #expect(text.contains(#"{"$numberLong":"1717200000000"}"#))
  }

  @Test func localTimesAlsoBoundTheInstantByADay() throws {
    let text = try filter("activities") {
      $0.since = ExportSelection.time("2024-05-01")
      $0.isLocal = true
    }
    #expect(text.contains(#""start_date_local":{"$gte":{"$date":{"$numberLong":"1714521600000"}}}"#))
    #expect(text.contains(#""start_date":{"$gte":{"$date":{"$numberLong":"1714435200000"}}}"#))
  }

  @Test func twoConditionsOnOneFieldAreBothKept() throws {
    let text = try filter("activities") {
      $0.sports = ["Run"]
      $0.filter = BSONDocument { $0.append("sport_type", "Ride") }
    }
    #expect(text.contains("$and") && text.contains("Run") && text.contains("Ride"))
  }

  @Test func anActivityOfAnotherAthleteIsNotTaken() {
    var selection = ExportSelection()
    selection.athlete = 7
    let own = BSONDocument { $0.append("athlete_id", Int64(7)) }
    let other = BSONDocument { $0.append("athlete_id", Int64(8)) }
    #expect(selection.takes(own, of: "activities") && !selection.takes(other, of: "activities"))
    #expect(selection.takes(BSONDocument(), of: "activities") && selection.takes(other, of: "users"))
  }

  @Test(arguments: [
    ("distance", true), ("-start_date", true), ("raw_data", false), ("start_latlng", false), ("no", false),
  ])
  func onlyAPlainFieldHasAnOrder(_ field: String, _ isAllowed: Bool) {
    #expect(ExportSelection.canSort(by: field, in: "activities") == isAllowed)
  }

  @Test(arguments: ["2024-05-01", "2024-05-01T06:30:00Z", "2024-05-01T06:30:00+02:00"])
  func timesAreISO8601(_ text: String) {
    #expect(ExportSelection.time(text) != nil)
    #expect(ExportSelection.time(text + "x") == nil)
  }
}
