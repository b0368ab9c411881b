import BSON

extension RecordKind {
  /// Detects the kind of an object by its top-level members. Values are examined only if the evidence requires it.
  ///
  /// - Parameter outline: the outline of the object, with the tags of `RecordKeys`.
  public static func detect(_ record: BSONView, outline: BSONOutline? = nil) -> Detected {
    let members = RecordMembers(record, outline)
    let marks = Marks(of: members)
    return wholeActivity(marks, in: record) ?? other(marks, of: members)
  }

  /// Returns the result for a complete Strava activity, by its marks; nil for other objects. An object with incomplete
  /// evidence, which is detected as an activity only because no other kind matches, is not complete.
  @inline(__always)
  static func wholeActivity(_ marks: Marks, in object: BSONView) -> Detected? {
    marks.showWholeActivity ? Detected(.activity, rank: marks.activityRank(in: object)) : nil
  }

  /// Returns the kind of an object that is not a complete activity.
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
    case .exportRow: return Detected(.exportRow, rank: ArchiveRow.filledCells(of: members.object))
    default: return Detected(kind)
    }
  }

  /// Returns whether an object, at any depth, is a complete Strava activity.
  public static func isWholeActivity(_ object: BSONView) -> Bool { Marks(of: RecordMembers(object)).showWholeActivity }

  /// Returns whether all elements of an array are streams, each with a string `type` and an array `data`.
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

  /// Returns the level of detail of an activity. The `resource_state` from Strava determines it. Only two members with
  /// content that only detailed activities have override "summary"; without a `resource_state`, one is enough. Members
  /// that have their own endpoint (laps, photos, zones, streams, comments, kudos) do not count.
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
