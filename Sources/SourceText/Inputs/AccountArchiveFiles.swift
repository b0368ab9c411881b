/// The names of the files in an account archive.
enum AccountArchiveFiles {
  /// The files with secrets, tracking ids, a home address or data of other people. They are never read.
  private static let personal: Set<String> = [
    "blocks.csv", "comments.csv", "connected_apps.csv", "contacts.csv", "favorites.csv", "flags.csv", "followers.csv",
    "following.csv", "general_preferences.csv", "intercom_tickets.csv", "kudos.csv", "logins.csv",
    "mobile_device_identifiers.csv", "orders.csv", "posts.csv", "privacy_zones.csv", "reactions.csv",
    "support_tickets.csv",
  ]

  /// The other tables that are not stored.
  private static let others: Set<String> = [
    "applications.csv", "bikes.csv", "challenges.csv", "clubs.csv", "components.csv", "email_preferences.csv",
    "events.csv", "global_challenges.csv", "goals.csv", "group_challenges.csv", "local_legend_segments.csv",
    "media.csv", "memberships.csv", "metering.csv", "monthly_recap_achievements.csv", "partner_opt_outs.csv",
    "photos.csv", "profile.csv", "routes.csv", "segment_feedback.csv", "segments.csv", "shoes.csv",
    "social_settings.csv", "starred_routes.csv", "starred_segments.csv", "structured_details.csv",
    "visibility_settings.csv",
  ]

  static func lowercased(_ name: some Collection<UInt8>) -> String {
    String(decoding: name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// Returns whether a file contains secrets, a home address or data of other people, by its name.
  static func arePersonal(_ name: some Collection<UInt8>) -> Bool {
    let name = lowercased(name)
    if personal.contains(name) { return true }
    let isOfOthers = name.hasPrefix("messaging") || name.hasPrefix("community_")
    return isOfOthers && InputName(Array(name.utf8)) != .other
  }

  /// Returns whether a file is a table of an account archive that is not stored.
  static func hold(_ name: some Collection<UInt8>) -> Bool { others.contains(lowercased(name)) }
}
