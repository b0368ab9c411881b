/// A command's role: the section of docs/access.md that lists the rights that it needs.
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

  /// The reference to the section for messages.
  var reference: String { "docs/access.md, section “\(rawValue)”," }
}
