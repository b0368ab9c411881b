/// The sections of docs/access.md that list the rights of each command.
package enum AccessRole: String, Sendable, CaseIterable {
  case `import`
  case index
  case indexCheck = "index --check, index --dry-run"
  case encryptMigrate = "encrypt-migrate"
  case encryptMigrateVerify = "encrypt-migrate --verify, encrypt-migrate --dry-run"
  case validate = "validate --db"
  case export
  case keysStatus = "keys status, keys verify, keys drop-master"
  case keysRotateMaster = "keys rotate-master"
  case keysRotateData = "keys rotate-data"
  case keysPurge = "keys purge"
  case keysDestroy = "keys destroy"

  /// Where a user finds the section.
  var place: String { "docs/access.md, section “\(rawValue)”," }
}
