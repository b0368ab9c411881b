import BSON
import FieldCrypto
import Foundation
import Mongo
import StoreAccess
import StravaRecords

/// The sealing settings of a database (`store_settings`, `_id: "sealing"`): which classes are sealed, which index key
/// made its digests and blind indexes, which form the digests and the documents have, and which master key wraps its
/// data keys. A MAC with the index key protects them, so that a writer without the key file can neither narrow the
/// policy nor name another master key.
package struct SealingSettings: Sendable, Equatable {
  static let id = "sealing"
  /// The end of the year 9999.
  private static let lastDate = BSONDate(milliseconds: 253_402_300_799_999)

  package var policy: SealingPolicy
  var indexKey: KeyID
  /// The master key that wraps new data keys.
  package var activeMaster: KeyID
  /// The form of the documents; nil in a database whose settings an earlier version has written.
  package var form: StoreForm?
  /// The time by the server's clock at which that master key became active; nil in a database whose master key was
  /// never rotated. The MAC does not cover this field or the next one, so a stored date before 1970 or after `lastDate`
  /// is replaced by the nearer of the two.
  package var activeSince: BSONDate?
  /// A number that increases whenever something changes that a running importer must notice: these settings, or which
  /// data keys seal.
  var generation: Int64 = 0
  /// The largest generation, which a number of any type represents exactly.
  private static let lastGeneration: Int64 = 1 << 53
  /// True if the stored generation is not a whole number from 0 to `lastGeneration`. The MAC does not cover it, and it
  /// could not be increased.
  package private(set) var hasBadGeneration = false

  init(policy: SealingPolicy, indexKey: KeyID, activeMaster: KeyID, form: StoreForm?) {
    self.policy = policy
    self.form = form
    self.indexKey = indexKey
    self.activeMaster = activeMaster
  }

  /// - Throws: `StoreFailure` if the settings were made with another index key or do not have its MAC.
  init(_ document: BSONDocument, _ keys: KeyRing) throws {
    let names = document["classes"]?.inner?.elements.compactMap(\.value.string) ?? []
    guard let policy = SealingPolicy(names: names),
      let indexKey = Self.keyID(document["index_key_id"], BinarySubtype.generic),
      let activeMaster = Self.keyID(document["active_master_id"], BinarySubtype.uuid),
      // With another subtype, no update would find it again.
      case .binary(BinarySubtype.generic, let stored) = document["mac"]
    else { throw StoreFailure.unreadableSettings }
    guard document["digest"]?.integer == Int64(RecordDigest.form) else {
      throw StoreFailure(
        "cannot use this database: a development version of strava-store wrote its records, with another form of digest "
          + "(store_settings.digest is not \(RecordDigest.form)), and it cannot be converted; import the original files "
          + "into another database")
    }
    let form = document["form"]?.string.flatMap(StoreForm.init)
    guard form != nil || document["form"] == nil else { throw StoreFailure.unreadableSettings }
    self.init(policy: policy, indexKey: indexKey, activeMaster: activeMaster, form: form)
    activeSince = (document["active_since"]?.date).map {
      min(max($0, BSONDate(milliseconds: 0)), Self.lastDate)
    }
    if let stored = document["generation"] {
      let number = Self.generation(stored)
      generation = number ?? 0
      hasBadGeneration = number == nil
    }
    guard indexKey == keys.indexKey.id else {
      throw StoreFailure(
        "this key file does not belong to the database: the database's digests and blind indexes were made with index "
          + "key \(indexKey), but the file contains \(keys.indexKey.id); use the key file of this database")
    }
    guard stored.withUnsafeBytes({ Digest256(bytes: $0) }) == mac(keys.indexKey) else {
      throw StoreFailure(
        "the sealing settings (store_settings) were changed by someone without the key file: their MAC is wrong; "
          + "restore that document from a backup")
    }
  }

  private static func generation(_ stored: BSONValue) -> Int64? {
    let number: Int64? =
      switch stored {
      case .int32(let number): Int64(number)
      case .int64(let number): number
      case .double(let number): Int64(exactly: number)
      default: nil
      }
    return number.flatMap { (0..<lastGeneration).contains($0) ? $0 : nil }
  }

  func document(_ keys: IndexKey) -> BSONDocument {
    BSONDocument { fields in
      fields.append("_id", Self.id)
      append(to: &fields, keys)
      fields.append("generation", generation)
    }
  }

  private func append(to fields: inout BSONWriter, _ keys: IndexKey) {
    let classes = fields.beginArray("classes")
    for (i, name) in policy.names.enumerated() { fields.append(name: String(i), .string(name)) }
    fields.end(classes)
    indexKey.withUnsafeBytes { fields.append("index_key_id", subtype: BinarySubtype.generic, binary: $0) }
    activeMaster.withUnsafeBytes { fields.append("active_master_id", subtype: BinarySubtype.uuid, binary: $0) }
    fields.append("digest", RecordDigest.form)
    fields.append("form", form?.rawValue)
    fields.append("active_since", activeSince)
    mac(keys).withUnsafeBytes { fields.append("mac", subtype: BinarySubtype.generic, binary: $0) }
  }

  private func mac(_ key: IndexKey) -> Digest256 {
    SettingsMAC(key).mac(
      sealedClasses: Set(policy.names), activeMaster: activeMaster, digestForm: RecordDigest.form,
      form: form?.rawValue)
  }

  private static func keyID(_ value: BSONValue?, _ subtype: UInt8) -> KeyID? {
    guard case .binary(subtype, let bytes) = value else { return nil }
    return bytes.withUnsafeBytes { KeyID(bytes: $0) }
  }
}

extension StoreFailure {
  static let unreadableSettings = StoreFailure(
    "cannot read the sealing settings (store_settings): their form is unknown; use the newest version of strava-store")

  package static let badGeneration = StoreFailure(
    "the generation in the sealing settings (store_settings) is not a whole number from 0 to 9007199254740991, so nothing "
      + "was changed; another program has changed it. Set it to a number that it never had, such as the current time in "
      + "milliseconds, and run the command again")

  fileprivate init(refusedSettings error: WriteError) {
    self.init("cannot write the sealing settings (store_settings): the server refused them: \(error.message)")
  }

  package init(lostSettingsOf database: String) {
    self.init(
      "\(database) has data keys, but its sealing settings (store_settings) are missing, so that the sealed classes and "
        + "the key file are unknown; restore that document as docs/keys.md describes")
  }

  init(sealedWithoutSettings database: String) {
    self.init(
      "\(database) has sealed values or blind indexes, but its sealing settings (store_settings) are missing, and its data "
        + "keys, too; restore both from a backup as docs/keys.md describes")
  }

  init(recordsWithoutSettings database: String) {
    self.init(
      "\(database) has imported records (they have a source.digest), but its sealing settings (store_settings) are "
        + "missing. If that document was removed, restore it as docs/keys.md describes. If a development version of "
        + "strava-store wrote the records, import the original files into another database")
  }
}

extension SealingSettings {
  /// Returns the settings as the majority of the servers has them; nil if the database has none.
  package static func read(_ session: StoreSession, _ keys: KeyRing) throws -> SealingSettings? {
    let filter = BSONDocument { $0.append("_id", id) }
    let found = try session.retrying("reading the sealing settings") {
      try session.client().collection(Collections.settings, in: session.database).findOne(filter, ofMajority: true)
    }
    return try found.map { try SealingSettings($0, keys) }
  }

  /// Returns the settings, or nil only if nothing was ever sealed or imported. Lost settings are not replaced: later
  /// values would be sealed with whatever policy and key file are given next.
  ///
  /// - Throws: `StoreFailure` if there are no settings, but there are data keys or imported records.
  package static func current(_ session: StoreSession, _ keys: KeyRing) throws -> SealingSettings? {
    if let settings = try read(session, keys) { return settings }
    // In a new database there is nothing to look at, and each look is a round trip.
    let existing = try session.descriptions(
      of: [Collections.dataKeys, Collections.activities, Collections.users, Collections.insights])
    func exists(_ name: String) -> Bool { existing.map { $0[name] != nil } ?? true }
    let hasDataKey =
      try exists(Collections.dataKeys)
      && session.retrying("looking for data keys") {
        try session.client().collection(Collections.dataKeys, in: session.database)
          .findOne(BSONDocument(), ofMajority: true)
      } != nil
    let trace = try hasDataKey ? nil : ImportedSample.find(session, where: exists)
    if !hasDataKey && trace == nil { return nil }
    // The settings are written before data keys and records, so another command may have created them meanwhile.
    if let settings = try read(session, keys) { return settings }
    throw switch trace {
    case .digest: StoreFailure(recordsWithoutSettings: session.database)
    case .sealedValue: StoreFailure(sealedWithoutSettings: session.database)
    case nil: StoreFailure(lostSettingsOf: session.database)
    }
  }

  /// Returns the database's settings; nil if it has none.
  ///
  /// - Parameter wanted: The requested policy; nil means the database's policy.
  /// - Throws: `StoreFailure` if the key file or the policy differs from the database's, or if the settings are lost.
  package static func stored(_ session: StoreSession, _ keys: KeyRing, wanted: SealingPolicy?) throws
    -> SealingSettings?
  {
    try current(session, keys)?.checked(keys, wanted)
  }

  /// Returns the current settings, and creates them if there are none.
  ///
  /// - Parameters:
  ///   - wanted: The requested policy; nil means the database's policy, or the standard one.
  ///   - form: The form that new settings record.
  /// - Throws: `StoreFailure` if the key file or the policy differs from the database's.
  package static func ensure(
    _ session: StoreSession, _ keys: KeyRing, wanted: SealingPolicy?, form: StoreForm = .specification
  ) throws -> SealingSettings {
    if let stored = try stored(session, keys, wanted: wanted) { return stored }
    return try create(session, keys, wanted: wanted, form: form)
  }

  /// Creates the settings of a database in which `current` has found none.
  ///
  /// - Throws: `StoreFailure` if another command has created them, and its key file or policy differs.
  package static func create(
    _ session: StoreSession, _ keys: KeyRing, wanted: SealingPolicy?, form: StoreForm = .specification
  ) throws -> SealingSettings {
    let made = SealingSettings(wanted ?? .standard, keys, form)
    let refused = try session.retrying("writing the sealing settings") {
      try session.client().collection(Collections.settings, in: session.database)
        .insertForMajority([made.document(keys.indexKey)]).refused.first
    }
    guard let refused else { return made }
    // Another command has created the settings first, or this one did and the reply was lost.
    guard refused.kind == .duplicateKey, let stored = try stored(session, keys, wanted: wanted) else {
      throw StoreFailure(refusedSettings: refused)
    }
    return stored
  }

  /// Returns the settings that a key file creates.
  package init(_ policy: SealingPolicy, _ keys: KeyRing, _ form: StoreForm? = .specification) {
    self.init(policy: policy, indexKey: keys.indexKey.id, activeMaster: keys.file.active, form: form)
  }

  package func with(_ policy: SealingPolicy) -> SealingSettings {
    var other = self
    other.policy = policy
    return other
  }

  package func with(_ form: StoreForm) -> SealingSettings {
    var other = self
    other.form = form
    return other
  }

  /// Adds classes to those that are sealed.
  ///
  /// - Throws: `StoreFailure` if the policy lacks a class that is sealed, or if other commands keep changing the
  ///   settings.
  package static func widen(_ session: StoreSession, _ keys: KeyRing, to policy: SealingPolicy) throws
    -> SealingSettings
  {
    try change(session, keys) { stored in
      guard let stored else { return SealingSettings(policy, keys) }
      if stored.policy != policy { try stored.checkWidening(to: policy) }
      return stored.with(policy)
    }
  }

  /// Records the form of the database.
  ///
  /// - Throws: `StoreFailure` if other commands keep changing the settings.
  package static func record(_ form: StoreForm, _ session: StoreSession, _ keys: KeyRing) throws -> SealingSettings {
    try change(session, keys) { $0?.with(form) ?? SealingSettings(.standard, keys, form) }
  }

  /// Changes the settings, or creates them if there are none.
  ///
  /// - Parameter wanted: A function that returns the wanted settings for the stored ones.
  /// - Throws: `StoreFailure` if other commands keep changing the settings.
  private static func change(
    _ session: StoreSession, _ keys: KeyRing, to wanted: (SealingSettings?) throws -> SealingSettings
  ) throws -> SealingSettings {
    var waits = Backoff(patience: 10)
    while true {
      let stored = try current(session, keys)
      let new = try wanted(stored)
      if let stored {
        if stored == new { return try stored.checked(keys, nil) }
        try stored.replace(by: new, session, keys)
      } else {
        _ = try ensure(session, keys, wanted: new.policy, form: new.form ?? .specification)
      }
      if let now = try read(session, keys), now.policy == new.policy, now.form == new.form {
        return try now.checked(keys, nil)
      }
      guard !session.cancellation.isRequested, let pause = waits.next() else {
        throw StoreFailure("other processes keep changing the sealing settings (store_settings); run the command again")
      }
      Thread.sleep(forTimeInterval: pause)
    }
  }

  /// - Throws: `StoreFailure` if the policy lacks a class that is sealed.
  package func checkWidening(to wanted: SealingPolicy) throws {
    guard wanted.classes.isSuperset(of: policy.classes) else {
      throw StoreFailure(
        "this database seals the classes \(policy.names.joined(separator: ", ")); classes can be added, but not removed; "
          + "to remove one, decrypt the whole database")
    }
  }

  /// Replaces these settings if they are unchanged in the database, and begins a new generation.
  package func replace(by new: SealingSettings, _ session: StoreSession, _ keys: KeyRing) throws {
    let filter = BSONDocument { filter in
      filter.append("_id", Self.id)
      mac(keys.indexKey).withUnsafeBytes { filter.append("mac", subtype: BinarySubtype.generic, binary: $0) }
    }
    try Self.update(session, filter) { update in
      let set = update.begin("$set")
      new.append(to: &update, keys.indexKey)
      update.end(set)
    }
  }

  /// Begins a new generation of the same settings. From then on, no importer relies on the data keys that it has
  /// cached.
  package static func beginGeneration(_ session: StoreSession) throws {
    try update(session, BSONDocument { $0.append("_id", id) }) { _ in }
  }

  private static func update(
    _ session: StoreSession, _ filter: BSONDocument, _ change: (inout BSONWriter) -> Void
  ) throws {
    let update = BSONDocument { update in
      change(&update)
      let increment = update.begin("$inc")
      update.append("generation", Int64(1))
      update.end(increment)
    }
    let refused = try session.retrying("writing the sealing settings") {
      try session.client().collection(Collections.settings, in: session.database)
        .updateForMajority([(filter, update)]).refused.first
    }
    if let refused {
      throw StoreFailure(refusedSettings: refused)
    }
  }

  /// - Throws: `StoreFailure` if the key file lacks the active master key, if the policy differs from the requested one,
  ///   or if the generation cannot be increased.
  package func checked(_ keys: KeyRing, _ wanted: SealingPolicy?) throws -> SealingSettings {
    if hasBadGeneration { throw StoreFailure.badGeneration }
    return try checkedForReading(keys).agreeing(with: wanted)
  }

  /// - Throws: `StoreFailure` if the key file lacks the active master key.
  package func checkedForReading(_ keys: KeyRing) throws -> SealingSettings {
    guard try keys.file(holding: activeMaster).contains(activeMaster) else {
      throw StoreFailure(
        "the key file does not contain master key \(activeMaster), which encrypts this database's data keys; it is older "
          + "than the last rotation, or belongs to another database; use the current key file")
    }
    return self
  }

  /// - Throws: `StoreFailure` if the policy differs from the requested one.
  private func agreeing(with wanted: SealingPolicy?) throws -> SealingSettings {
    if let wanted, wanted != policy {
      throw StoreFailure(
        "this database seals the classes \(policy.names.joined(separator: ", ")), but the command asks for "
          + "\(wanted.names.joined(separator: ", ")); run `strava-store encrypt-migrate` to change the sealed classes")
    }
    return self
  }
}
