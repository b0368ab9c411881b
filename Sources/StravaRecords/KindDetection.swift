import BSON

extension RecordKind {
  /// Tells what an object is by its top-level members; looks inside a value only where evidence needs it.
  ///
  /// - Parameter outline: of the object; its tags are those of `RecordKeys`.
  public static func detect(_ record: BSONView, outline: BSONOutline? = nil) -> Detected {
    let members = RecordMembers(record, outline)
    let marks = Marks(of: members)
    return wholeActivity(marks, in: record) ?? other(marks, of: members)
  }

  /// A whole activity of Strava's, by its marks: one with all the evidence, not one that is taken for an activity because
  /// nothing else is like it.
  @inline(__always)
  static func wholeActivity(_ marks: Marks, in object: BSONView) -> Detected? {
    marks.showWholeActivity ? Detected(.activity, rank: marks.activityRank(in: object)) : nil
  }

  /// What an object is that is not a whole activity.
  static func other(_ found: Marks, of members: RecordMembers) -> Detected {
    var marks = found
    marks.lookInside(members)
    guard let kind = Evidence.table.first(where: { $0.isMet(by: marks.set) })?.kind else {
      return Detected(.unrecognised)
    }
    switch kind {
    case .activity: return Detected(.activity, rank: marks.activityRank(in: members.object))
    case .athlete: return Detected(.athlete, rank: marks.athleteRank)
    case .meta: return Detected(.meta, rank: 1)
    default: return Detected(kind)
    }
  }

  /// Returns whether an object at any depth is a whole activity of Strava's.
  public static func isWholeActivity(_ object: BSONView) -> Bool { Marks(of: RecordMembers(object)).showWholeActivity }

  /// True for an array whose elements all are streams: each with a string `type` and an array `data`.
  public static func detectStreamSet(_ array: BSONView) -> Bool {
    var some = false
    for element in array {
      guard let stream = element.value.document, stream["type"]?.is(.string) == true, stream["data"]?.is(.array) == true
      else { return false }
      some = true
    }
    return some
  }
}

extension Marks {
  @inline(__always)
  fileprivate var showWholeActivity: Bool {
    Evidence.wholeActivity.isMet(by: set) || Evidence.wholeManualActivity.isMet(by: set)
  }

  /// What Strava says counts. Only two members with content that only a detail has overrule "summary"; where Strava says
  /// nothing, one does. What has an endpoint of its own (laps, photos, zones, streams, comments, kudos) never counts.
  fileprivate func activityRank(in record: BSONView) -> Int32 {
    switch claimedState {
    case 3: return 3
    case 2: return has(.efforts) && (has(.ownWords) || hasCalories(record)) ? 3 : 2
    default: return has(.efforts) || has(.embedToken) ? 3 : 2
    }
  }

  private func hasCalories(_ record: BSONView) -> Bool { has(.calories) && record["calories"]?.number != 0 }

  fileprivate var athleteRank: Int32 { claimedState == 3 || has(.athleteDetail) ? 3 : 2 }

  private func has(_ mark: Mark) -> Bool { set.contains(mark) }
}
