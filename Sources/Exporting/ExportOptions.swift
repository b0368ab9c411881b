import Sealing
import StoreAccess
import StravaRecords

/// What an export is asked to do.
package struct ExportOptions: Sendable {
  package enum Format: String, Sendable, CaseIterable {
    case ndjson, json, csv
    /// Strava's own JSON, for import.
    case raw
    /// Canonical Extended JSON, for mongoimport.
    case extjson
    /// A folder as mongodump makes it, for mongorestore.
    case bson
  }

  package enum Split: Sendable, Equatable {
    case user
    /// By the month, in UTC, of an activity's start or an insight's making.
    case month
    /// Into files of about so many bytes, before compression.
    case size(Int)
  }

  /// The collections that can be asked for, in the order they are written.
  package static let everyCollection = [Collections.users, Collections.activities, Collections.insights]

  package var collections: [String]
  package var connection: ConnectionChoice
  package var keyFile = KeyFileChoice(path: nil)
  package var format = Format.ndjson
  /// A file, or a folder where there are several; nil is standard output.
  package var output: String?
  /// Name extension that the files of a folder are compressed by: "", ".gz" or ".zst".
  package var compression = ""
  /// Opens what is sealed.
  package var decrypts = false
  /// Keeps what is sealed as it is.
  package var keepsSealed = false
  /// Classes to leave out.
  package var dropped: [SensitivityClass] = []
  package var fields = FieldSelection()
  package var selection = ExportSelection()
  package var split: Split?
  /// CSV begins with a byte order mark.
  package var hasMark = false

  package init(collections: [String], connection: ConnectionChoice) {
    self.collections = collections
    self.connection = connection
  }

  /// The collections that are written. What stays sealed is worth nothing without the wrapped keys and the settings,
  /// so that a copy of everything has them too.
  var written: [String] {
    let isCopy = keepsSealed && (format == .bson || format == .extjson) && collections == Self.everyCollection
    let isOfAll = selection.athlete == nil && selection.user == nil && selection.limit == nil
    return collections + (isCopy && isOfAll ? [Collections.dataKeys, Collections.settings] : [])
  }

  /// Several files come of it.
  package var needsFolder: Bool {
    split != nil || format == .bson || (collections.count > 1 && format != .raw)
  }

  /// Why this cannot be asked; nil where it can.
  package var fault: String? {
    if decrypts, keepsSealed { return "--decrypt and --sealed keep exclude each other" }
    if needsFolder, output == nil { return "several files come of this: --output names a folder for them" }
    if !needsFolder, !compression.isEmpty {
      return "--compress is for the files of a folder; a single file is compressed by its name (.gz, .zst)"
    }
    if hasMark, format != .csv { return "--bom belongs to --format csv" }
    return rawFault ?? fields.fault ?? fieldsFault ?? splitFault ?? selection.fault(collections)
  }

  /// A thinned record would take the place of the full one when it is imported.
  private var rawFault: String? {
    guard format == .raw else { return nil }
    if !dropped.isEmpty { return "--format raw is whole records: it cannot go with --drop" }
    if !fields.isEverything { return "--format raw is whole records: it cannot go with --fields" }
    if keepsSealed { return "--format raw is what Strava sent: it needs --decrypt, not --sealed keep" }
    return nil
  }

  private var fieldsFault: String? {
    guard !fields.isEverything else { return nil }
    if collections.count > 1 { return "--fields is for one collection" }
    guard format == .csv, let collection = collections.first else { return nil }
    let columns = FlatColumns.of(collection).columns
    let unknown = fields.paths.filter { path in
      let selection = FieldSelection([path])
      return !columns.contains { selection.covers($0.path) }
    }
    return unknown.isEmpty ? nil : "\(collection) have no column for \(unknown.joined(separator: ", "))"
  }

  private var splitFault: String? {
    switch split {
    case nil: return nil
    case .size(let bytes):
      if bytes < 1 { return "--split-by size:N takes 1 byte or more" }
    case .user, .month:
      if selection.sort != nil { return "--split-by user and month have an order of their own: no --sort" }
      if split == .month, collections == [Collections.users] { return "users have no month" }
    }
    return format == .bson ? "--format bson makes one file for each collection: it cannot be split" : nil
  }
}

extension FlatColumns {
  static func of(_ collection: String) -> FlatColumns { FlatColumns(StoredCollection.named(collection)?.fields ?? []) }
}
