import Exporting
import Foundation
import StoreAccess

extension ExportOptions {
  /// Returns the reason why these options cannot be combined; nil if they can.
  package var refusal: String? {
    if decrypts, keepsSealed { return "--decrypt and --sealed keep cannot be used together; use one of them" }
    if let refusal = outputRefusal { return refusal }
    if needsFolder, output == nil { return "this export writes several files; give --output FOLDER" }
    if !needsFolder, !compression.isEmpty {
      return "--compress applies to the files of a folder; for a single file, use a name that ends in .gz or .zst"
    }
    if hasMark, format != .csv { return "--bom needs --format csv" }
    if isExact, format != .csv { return "--exact needs --format csv: the other formats are always exact" }
    return rawRefusal ?? fields.fault ?? fieldsRefusal ?? splitRefusal ?? selection.refusal(collections)
  }

  /// This is checked first, so that nothing is read for an impossible output.
  private var outputRefusal: String? {
    guard let output else { return nil }
    if output.isEmpty { return "--output is empty; give a path, or remove the option for standard output" }
    // The message does not mention links, because no export follows a link.
    let type = try? FileManager.default.attributesOfItem(atPath: output)[.type] as? FileAttributeType
    guard !needsFolder, output.hasSuffix("/") || type == .typeDirectory else { return nil }
    return "--output is a folder (\(output)), but this export writes one file; give the name of a file"
  }

  /// An incomplete record would replace the complete one when it is imported.
  private var rawRefusal: String? {
    guard format == .raw else { return nil }
    if !dropped.isEmpty { return "--format raw exports whole records; remove --drop" }
    if !fields.isEverything { return "--format raw exports whole records; remove --fields" }
    if keepsSealed { return "--format raw exports records as Strava sent them; use --decrypt instead of --sealed keep" }
    return nil
  }

  private var fieldsRefusal: String? {
    guard !fields.isEverything else { return nil }
    if collections.count > 1 { return "--fields works for one collection only; export one collection at a time" }
    guard let collection = collections.first else { return nil }
    let missing = fields.unknownFields(of: collection)
    if !missing.isEmpty {
      return
        "unknown field in \(collection): \(missing.joined(separator: ", ")); docs/schema/data-dictionary.md lists the fields"
    }
    guard format == .csv else { return nil }
    let unknown = fields.unknownColumns(of: collection)
    if unknown.isEmpty { return nil }
    return "the CSV of \(collection) has no column for \(unknown.joined(separator: ", ")); "
      + "`strava-store schema --format columns` lists the columns"
  }

  private var splitRefusal: String? {
    switch split {
    case nil: return nil
    case .size, .user: break
    case .month:
      if collections == [Collections.users] {
        return "--split-by month needs activities or insights: users have no date"
      }
    }
    return format == .bson ? "--format bson writes one file for each collection; remove --split-by" : nil
  }
}

extension ExportSelection {
  /// Returns the reason why this cannot be requested for these collections; nil if it can.
  fileprivate func refusal(_ collections: [String]) -> String? {
    if athlete != nil, user != nil { return "--athlete and --user-id cannot be used together; use one of them" }
    let hasTimes = since != nil || until != nil
    if hasTimes, collections == [Collections.users] {
      return "--since and --until need activities or insights: users have no date"
    }
    if isLocal, !hasTimes { return "--local needs --since or --until" }
    if isLocal, !collections.contains(Collections.activities) {
      return "--local needs activities: other documents have no local time"
    }
    if !sports.isEmpty, !collections.contains(Collections.activities) {
      return "--sport needs activities: other documents have no sport"
    }
    if collections.count > 1, filter != nil {
      return "--filter works for one collection only; export one collection at a time"
    }
    guard let sort else { return nil }
    if collections.count > 1 { return "--sort works for one collection only; export one collection at a time" }
    return Self.canSort(by: sort, in: collections[0])
      ? nil : "cannot sort \(collections[0]) by '\(sort)'; choose a field with a single value"
  }
}
