/// The rules by which findings are reported. The ids are stable, because scripts and baselines rely on them. The id of
/// a removed rule (SS054) is never used again.
public enum Rule: String, Sendable, CaseIterable, Codable {
  // Rules about text that cannot be read.
  case syntax = "SS001"
  case truncated = "SS002"
  case invalidUTF8 = "SS003"
  case loneSurrogate = "SS004"
  case duplicateKey = "SS005"
  case nulInKey = "SS006"
  case tooDeep = "SS007"
  case inexactNumber = "SS008"
  case tooLarge = "SS009"
  case notJSON = "SS010"
  case notAnObject = "SS011"
  // Rules about inputs.
  case emptyInput = "SS012"
  case nothingToRead = "SS013"
  case unreadable = "SS014"
  case changedWhileRead = "SS015"
  case damagedArchive = "SS016"
  case jsonInText = "SS017"
  case notLookedAt = "SS018"
  case nothingOfStrava = "SS019"
  // Rules about kinds of records.
  case unrecognised = "SS020"
  case apiError = "SS021"
  case webSiteObject = "SS022"
  case clubActivity = "SS023"
  case bulkExportRow = "SS024"
  case derivedActivity = "SS025"
  case jsonSchema = "SS026"
  case otherKind = "SS027"
  case skippedKind = "SS028"
  case wrapperKeys = "SS029"
  // Rules about single fields.
  case wrongType = "SS030"
  case missing = "SS031"
  case outOfRange = "SS032"
  case badDate = "SS033"
  case badCoordinate = "SS034"
  case badIdentifier = "SS035"
  case resavedIdentifier = "SS036"
  case dateWithoutZone = "SS038"
  case onlyLocalStart = "SS039"
  case unknownField = "SS040"
  case unknownValue = "SS041"
  // Rules about fields that contradict each other.
  case offsetMismatch = "SS042"
  case averageAboveMaximum = "SS043"
  case movingBeyondElapsed = "SS044"
  case badPolyline = "SS045"
  case zeroedIdentifier = "SS046"
  case lowAboveHigh = "SS047"
  case heartrateFlag = "SS048"
  // Rules about documents that strava-store exported.
  case exportedDocument = "SS049"
  // Rules about owners and references.
  case tokenWithoutAthlete = "SS050"
  case activityWithoutAthlete = "SS051"
  case unknownUser = "SS052"
  case unknownActivity = "SS053"
  case differingCopies = "SS055"
  case otherAthlete = "SS056"
  case fractionCut = "SS057"
  case extendedJSON = "SS058"
  case partialRecord = "SS059"
  // Rules about the store.
  case serverRefused = "SS060"
  case sealedReject = "SS061"
  case wrongKey = "SS062"
  case alteredRecord = "SS063"
  case differsFromRecord = "SS064"
  // Rules about sealed values.
  case inClear = "SS070"
  case foreignValue = "SS071"
  case undecryptableValue = "SS072"
  case wrongBlindIndex = "SS073"
  case noOwner = "SS074"
  case keepsChanging = "SS075"
  // Rules about keys.
  case undecryptableDataKey = "SS076"
  case retiredKeyInUse = "SS077"
  case noDataKey = "SS078"
  case misdatedKey = "SS086"
  // Rules about validators and indexes.
  case indexDrift = "SS080"
  case extraIndex = "SS081"
  case duplicateKeys = "SS082"
  case validatorDrift = "SS083"
  case failsValidator = "SS084"
  case stepRefused = "SS085"
  case losesDocuments = "SS087"
  // Rules about the form of a database.
  case otherForm = "SS090"
  case sameActivity = "SS091"
  case conflictingIDs = "SS092"
  case notAdopted = "SS093"
  case fernetText = "SS094"
  case fernetUnreadable = "SS095"
  // Rules about the account archive.
  case badRow = "SS100"
  case unknownHeader = "SS101"
  case archiveWithoutAthlete = "SS102"
  case athletesDisagree = "SS103"
  case unknownColumn = "SS104"
  case lostOriginal = "SS105"
  // A rule about the use of indexes.
  case unusedIndex = "SS121"
  // A rule about exports.
  case leftover = "SS120"

  /// The severity of the rule's findings, unless `RuleSettings` change it.
  public var severity: Severity {
    switch self {
    case .notLookedAt, .skippedKind, .wrapperKeys, .extendedJSON, .unknownField, .unknownValue, .differingCopies,
      .onlyLocalStart,
      .heartrateFlag, .extraIndex, .unknownColumn, .unusedIndex:
      .note
    case .changedWhileRead, .nothingOfStrava, .resavedIdentifier, .dateWithoutZone, .unknownActivity, .offsetMismatch,
      .averageAboveMaximum, .movingBeyondElapsed, .badPolyline, .zeroedIdentifier, .lowAboveHigh, .differsFromRecord,
      .fractionCut, .lostOriginal, .leftover:
      .warning
    default: .error
    }
  }

  /// True for failures of the environment rather than of the data. They end the command with exit code 2 instead of 1.
  public var isEnvironment: Bool { self == .unreadable || self == .wrongKey }
}
