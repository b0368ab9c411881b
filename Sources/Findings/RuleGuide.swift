/// Explains a rule to the people who see its findings.
public struct RuleGuide: Sendable {
  public let title: String
  public let why: String
  public let fix: String
  public let example: RuleExample

  init(_ title: String, why: String, fix: String, example: RuleExample) {
    self.title = title
    self.why = why
    self.fix = fix
    self.example = example
  }
}

/// An input that causes a finding of one rule, and the corrected input, which does not.
public struct RuleExample: Sendable {
  public enum Form: Sendable {
    /// The content of a file, which `validate` reads.
    case file
    /// The content of a file whose finding depends on the database, so that only `import` reports it.
    case importedFile
    /// Shell commands. The corrected ones run after the others, in the same directory.
    case commands
    /// A document of the database, or statements for its shell.
    case database
  }

  public let form: Form
  public let input: String
  public let corrected: String

  static func file(_ input: String, corrected: String) -> RuleExample {
    RuleExample(form: .file, input: input, corrected: corrected)
  }

  static func importedFile(_ input: String, corrected: String) -> RuleExample {
    RuleExample(form: .importedFile, input: input, corrected: corrected)
  }

  static func commands(_ input: String, corrected: String) -> RuleExample {
    RuleExample(form: .commands, input: input, corrected: corrected)
  }

  static func database(_ input: String, corrected: String) -> RuleExample {
    RuleExample(form: .database, input: input, corrected: corrected)
  }
}

extension Rule {
  public var guide: RuleGuide {
    switch self {
    case .syntax, .truncated, .invalidUTF8, .loneSurrogate, .duplicateKey, .nulInKey, .tooDeep, .inexactNumber,
      .tooLarge, .notJSON, .notAnObject:
      textGuide
    case .emptyInput, .nothingToRead, .unreadable, .changedWhileRead, .damagedArchive, .jsonInText, .notLookedAt,
      .nothingOfStrava:
      inputGuide
    case .unrecognised, .apiError, .webSiteObject, .clubActivity, .bulkExportRow, .derivedActivity, .jsonSchema,
      .exportedDocument, .partialRecord, .otherKind, .skippedKind, .wrapperKeys, .extendedJSON:
      kindGuide
    case .wrongType, .missing, .outOfRange, .badDate, .badCoordinate, .badIdentifier, .resavedIdentifier,
      .dateWithoutZone, .onlyLocalStart, .unknownField, .unknownValue, .fractionCut:
      fieldGuide
    case .offsetMismatch, .averageAboveMaximum, .movingBeyondElapsed, .badPolyline, .zeroedIdentifier, .lowAboveHigh,
      .heartrateFlag:
      crossCheckGuide
    case .tokenWithoutAthlete, .activityWithoutAthlete, .otherAthlete, .unknownUser, .unknownActivity,
      .differingCopies, .sealedReject, .wrongKey, .alteredRecord, .differsFromRecord, .serverRefused:
      storeGuide
    case .inClear, .foreignValue, .undecryptableValue, .wrongBlindIndex, .noOwner, .keepsChanging: sealingGuide
    case .undecryptableDataKey, .retiredKeyInUse, .noDataKey, .misdatedKey: keyGuide
    case .indexDrift, .extraIndex, .duplicateKeys, .validatorDrift, .failsValidator, .stepRefused, .losesDocuments,
      .unusedIndex:
      indexGuide
    case .otherForm, .sameActivity, .conflictingIDs, .notAdopted, .fernetText, .fernetUnreadable: formGuide
    case .badRow, .unknownHeader, .archiveWithoutAthlete, .athletesDisagree, .unknownColumn, .lostOriginal:
      archiveGuide
    case .leftover: exportGuide
    }
  }
}
