import BSON
import Mongo
import Sealing
import StoreAccess
import StravaRecords
import Testing
import Upkeep

/// The plan of `index` for a collection in a given state, without a server.
@Suite struct IndexPlanTests {
  private static let collection = "users"

  private func declared() throws -> DeclaredState {
    try DeclaredState(try #require(StoredCollection.named(Self.collection)), sealing: .standard)
  }

  private func plan(
    _ indexes: [IndexDefinition], _ description: CollectionDescription? = nil, shardKey: [String]? = [],
    _ change: (inout IndexTask) -> Void = { _ in }
  ) throws -> [String: [String]] {
    var task = IndexTask(connection: ConnectionChoice(uri: ""))
    change(&task)
    var plan = IndexPlan()
    plan.add(try declared(), ActualState(description: description, indexes: indexes, shardKey: shardKey), task)
    var steps: [String: [String]] = [:]
    for step in plan.steps { steps[step.verdict.rawValue, default: []].append(step.index ?? "validator") }
    return steps
  }

  private var indexes: [IndexDefinition] {
    (StoredCollection.named(Self.collection)?.indexes ?? []).map(IndexDefinition.init)
  }

  private func collection(_ options: BSONDocument, type: String = "collection") -> CollectionDescription {
    CollectionDescription(
      BSONDocument {
        $0.append("name", Self.collection)
        $0.append("type", type)
        $0.append(name: "options", .document(options))
      })
  }

  @Test func whatIsMissingIsCreated() throws {
    let steps = try plan([])
    #expect(Set(steps.keys) == ["create"])
    #expect(steps["create"] == ["validator"] + indexes.map(\.name))
  }

  @Test func whatIsAsDeclaredIsKeptWhateverItsName() throws {
    let renamed = indexes.map { $0.named("other_" + $0.name) }
    #expect(try plan(renamed)["keep"] == renamed.map(\.name))
  }

  @Test func aWrongOptionIsAChangeAndNotAnExtraIndex() throws {
    var wrong = indexes
    wrong[0].options.isUnique.toggle()
    let steps = try plan(wrong)
    #expect(steps["change"] == [wrong[0].name])
    #expect(steps["extra"] == nil)
  }

  @Test func anIndexThatIsNotDeclaredIsDroppedOnlyWhenPruning() throws {
    let foreign = IndexDefinition([IndexDefinition.Part("nickname")])
    #expect(try plan(indexes + [foreign])["extra"] == [foreign.name])
    #expect(try plan(indexes + [foreign]) { $0.prune = true }["drop"] == [foreign.name])
  }

  @Test func theShardKeysIndexIsNeverDropped() throws {
    let foreign = IndexDefinition([IndexDefinition.Part("nickname")])
    for shardKey in [["nickname"], nil] {
      #expect(try plan(indexes + [foreign], shardKey: shardKey) { $0.prune = true }["extra"] == [foreign.name])
    }
  }

  @Test func aViewIsBlockedAndACappedCollectionIsReported() throws {
    #expect(try plan([], collection(BSONDocument(), type: "view")) == ["blocked": ["validator"]])
    let capped = try plan(indexes, collection(BSONDocument { $0.append("capped", true) }))
    #expect(capped["extra"] == ["validator"])
  }

  @Test func anotherAuthorsValidatorIsKeptUnlessItIsToBeReplaced() throws {
    let foreign = collection(
      BSONDocument {
        let validator = $0.begin("validator")
        $0.append("tenant", "a")
        $0.end(validator)
      })
    #expect(try plan(indexes, foreign)["blocked"] == ["validator"])
    #expect(try plan(indexes, foreign) { $0.replaceValidators = true }["change"] == ["validator"])
  }

  @Test func rebuildingNamesTheDeclaredIndex() throws {
    let first = indexes[0].name
    #expect(try plan(indexes) { $0.rebuild = [first] }["rebuild"] == [first])
  }
}
