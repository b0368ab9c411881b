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
  /// Decrypts what is sealed.
  package var decrypts = false
  /// What the user calls that, for messages.
  package var decryptionName = "decryption"
  /// What the user calls the limit of a selection, for messages.
  package var limitName = "limit"
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

  /// True where the export writes several files.
  package var needsFolder: Bool {
    split != nil || format == .bson || (collections.count > 1 && format != .raw)
  }
}

extension FlatColumns {
  static func of(_ collection: String) -> FlatColumns { FlatColumns(StoredCollection.named(collection)?.fields ?? []) }
}
