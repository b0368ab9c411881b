import Exporting
import Foundation
import StoreAccess

extension ExportOptions {
  /// Why these options do not fit together; nil where they do.
  var refusal: String? {
    if decrypts, keepsSealed { return "--decrypt and --sealed keep exclude each other" }
    if let refusal = outputRefusal { return refusal }
    if needsFolder, output == nil { return "several files come of this: --output names a folder for them" }
    if !needsFolder, !compression.isEmpty {
      return "--compress is for the files of a folder; a single file is compressed by its name (.gz, .zst)"
    }
    if hasMark, format != .csv { return "--bom belongs to --format csv" }
    return rawRefusal ?? fields.fault ?? fieldsRefusal ?? splitRefusal ?? selection.refusal(collections)
  }

  /// Nothing is read for an output that cannot be.
  private var outputRefusal: String? {
    guard let output else { return nil }
    if output.isEmpty { return "--output is empty: give a path, or leave the option out for standard output" }
    // Of a link it says nothing: no export goes through one.
    let type = try? FileManager.default.attributesOfItem(atPath: output)[.type] as? FileAttributeType
    guard !needsFolder, output.hasSuffix("/") || type == .typeDirectory else { return nil }
    return "--output names a folder (\(output)), but one file comes of this: give the file's name"
  }

  /// A thinned record would take the place of the full one when it is imported.
  private var rawRefusal: String? {
    guard format == .raw else { return nil }
    if !dropped.isEmpty { return "--format raw is whole records: it cannot go with --drop" }
    if !fields.isEverything { return "--format raw is whole records: it cannot go with --fields" }
    if keepsSealed { return "--format raw is what Strava sent: it needs --decrypt, not --sealed keep" }
    return nil
  }

  private var fieldsRefusal: String? {
    guard !fields.isEverything else { return nil }
    if collections.count > 1 { return "--fields is for one collection" }
    guard let collection = collections.first else { return nil }
    let missing = fields.unknownFields(of: collection)
    if !missing.isEmpty { return "\(collection) have no field \(missing.joined(separator: ", "))" }
    guard format == .csv else { return nil }
    let unknown = fields.unknownColumns(of: collection)
    return unknown.isEmpty ? nil : "\(collection) have no column for \(unknown.joined(separator: ", "))"
  }

  private var splitRefusal: String? {
    switch split {
    case nil: return nil
    case .size, .user: break
    case .month: if collections == [Collections.users] { return "users have no month" }
    }
    return format == .bson ? "--format bson makes one file for each collection: it cannot be split" : nil
  }
}

extension ExportSelection {
  /// Why it cannot be asked of these collections; nil where it can.
  fileprivate func refusal(_ collections: [String]) -> String? {
    if athlete != nil, user != nil { return "--athlete and --user-id name the same thing: give one of them" }
    let hasTimes = since != nil || until != nil
    if hasTimes, collections == [Collections.users] { return "users have no time for --since and --until" }
    if isLocal, !hasTimes { return "--local belongs to --since and --until" }
    if isLocal, !collections.contains(Collections.activities) { return "only activities have a local time" }
    if !sports.isEmpty, !collections.contains(Collections.activities) { return "only activities have a sport" }
    if collections.count > 1, filter != nil { return "--filter is for one collection" }
    guard let sort else { return nil }
    if collections.count > 1 { return "--sort is for one collection" }
    return Self.canSort(by: sort, in: collections[0])
      ? nil : "--sort takes a field of \(collections[0]) that holds one plain value, not '\(sort)'"
  }
}
