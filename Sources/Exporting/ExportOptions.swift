import Sealing
import StoreAccess
import StravaRecords

/// The options of an export.
package struct ExportOptions: Sendable {
  package enum Format: String, Sendable, CaseIterable {
    case ndjson, json, csv
    /// Strava's own JSON, for import.
    case raw
    /// Canonical Extended JSON, for mongoimport.
    case extjson
    /// A folder in the form of mongodump, for mongorestore.
    case bson
  }

  package enum Split: Sendable, Equatable {
    case user
    /// A file per month, in UTC, of an activity's start or an insight's creation.
    case month
    /// Files of about this number of bytes, before compression.
    case size(Int)
  }

  /// The collections that can be selected, in the order in which they are written.
  package static let everyCollection = [Collections.users, Collections.activities, Collections.insights]

  package var collections: [String]
  package var connection: ConnectionChoice
  package var keyFile = KeyFileChoice.none
  package var format = Format.ndjson
  /// The path of the file, or of the folder if there are several files; nil means standard output.
  package var output: String?
  /// The name extension that selects the compression of a folder's files: "", ".gz" or ".zst".
  package var compression = ""
  /// Decrypts sealed values.
  package var decrypts = false
  /// The name of that option, for messages.
  package var decryptionName = "decryption"
  /// The name of the option that limits a selection, for messages.
  package var limitName = "limit"
  /// Exports sealed values as they are stored.
  package var keepsSealed = false
  /// The classes to leave out.
  package var dropped: [SensitivityClass] = []
  package var fields = FieldSelection()
  package var selection = ExportSelection()
  package var split: Split?
  /// True to begin CSV with a byte order mark.
  package var hasMark = false
  /// Whether texts in CSV stay as they are, although a spreadsheet would treat them as formulas.
  package var isExact = false
  /// The form of the database, which the job reads from it.
  var form = StoreForm.specification

  package init(collections: [String], connection: ConnectionChoice) {
    self.collections = collections
    self.connection = connection
  }

  /// The collections that are written. Sealed values are useless without the wrapped keys and the settings, so a copy
  /// of all data includes them.
  var written: [String] {
    let isCopy = keepsSealed && (format == .bson || format == .extjson) && collections == Self.everyCollection
    let isOfAll = selection.athlete == nil && selection.user == nil && selection.limit == nil
    return collections + (isCopy && isOfAll ? [Collections.dataKeys, Collections.settings] : [])
  }

  /// True if the export writes several files.
  package var needsFolder: Bool {
    split != nil || format == .bson || (collections.count > 1 && format != .raw)
  }
}

extension FlatColumns {
  static func of(_ collection: String, in form: StoreForm) -> FlatColumns {
    FlatColumns(StoredCollection.named(collection, in: form)?.fields ?? [])
  }
}
