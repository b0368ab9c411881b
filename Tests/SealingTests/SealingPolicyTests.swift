import BSON
import Sealing
import StravaRecords
import Testing

@Suite struct SealingPolicyTests {
  @Test func secretsAndIdentityAreAlwaysSealed() {
    #expect(SealingPolicy.standard.names == ["secret", "identity"])
    #expect(SealingPolicy(alsoSealing: [.health]).names == ["secret", "identity", "health"])
    #expect(SealingPolicy(alsoSealing: [.secret]) == .standard)
  }

  private func sealed(_ collection: String, _ classes: SensitivityClasses, _ document: BSONDocument) -> [String] {
    let rule = SealingRule(collection: collection, classes: classes)
    return document.withView { view in
      view.filter { rule.isSealed($0, in: view, at: .root) }.map(\.keyText)
    }
  }

  @Test func aValueIsSealedByItsKeyAndNeverWhenItIsEmpty() {
    let document = BSONDocument {
      $0.append("username", "ada")
      $0.append("firstname", "")
      $0.append(name: "lastname", .null)
      $0.append("name", "Morning Run")
      $0.append("start_latlng", "47,8")
    }
    #expect(sealed("users", [.secret, .identity], document) == ["username"])
    #expect(sealed("users", .all, document) == ["username", "start_latlng"])
    #expect(sealed("users", [], document) == [])
  }

  @Test func aHalfOfAUserIsSealedWhole() {
    let document = BSONDocument {
      let half = $0.begin("athlete")
      $0.append("id", Int64(1))
      $0.end(half)
      $0.append("other", Int32(1))
    }
    let rule = SealingRule(collection: "users", classes: [.secret, .identity])
    let halves = document.withView { view in
      view.filter { rule.isSealed($0, in: view, at: .userRaw) }.map(\.keyText)
    }
    #expect(halves == ["athlete"])
  }
}
