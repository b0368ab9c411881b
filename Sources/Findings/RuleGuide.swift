/// What a rule is about, for the people whose data it found: why it matters and how to mend it.
public struct RuleGuide: Sendable {
  public let title: String
  public let why: String
  public let mend: String

  init(_ title: String, why: String, mend: String) {
    self.title = title
    self.why = why
    self.mend = mend
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
      crossGuide
    case .inClear, .foreignValue, .doesNotOpen, .wrongBlindIndex, .noOwner, .keepsChanging: sealingGuide
    case .dataKeyDoesNotOpen, .retiredKeyInUse, .noDataKey, .misdatedKey: keyGuide
    case .indexDrift, .extraIndex, .duplicateKeys, .validatorDrift, .failsValidator, .stepRefused: indexGuide
    default: storeGuide
    }
  }

  private var textGuide: RuleGuide {
    switch self {
    case .truncated:
      RuleGuide(
        "The text ends too early",
        why: "A download or a copy stopped in the middle of a record. The records before it are whole and are stored.",
        mend: "Fetch the dump again, and import it: what is stored already is left alone.")
    case .invalidUTF8:
      RuleGuide(
        "Bytes that are not UTF-8",
        why: "JSON is UTF-8 (RFC 8259). Guessing another encoding would change names and descriptions silently.",
        mend: "Convert the file, for example with `iconv -f LATIN1 -t UTF-8`, or fetch it again.")
    case .loneSurrogate:
      RuleGuide(
        "Half of a surrogate pair",
        why: "`\\uD800` to `\\uDFFF` mean a character only in pairs; half of one is no text that a database can keep.",
        mend: "The program that wrote the dump cut a text in the middle of a character; have it cut between them.")
    case .duplicateKey:
      RuleGuide(
        "A key twice in one object",
        why: "Every reader picks another of the two values, so one of them would be lost.",
        mend: "Look at both values and remove the wrong one.")
    case .nulInKey:
      RuleGuide(
        "A NUL character in a key", why: "BSON ends a key with a NUL, so that such a key cannot be stored.",
        mend: "Rename the key. Strava sends none like it.")
    case .tooDeep:
      RuleGuide(
        "Nested too deeply",
        why: "MongoDB takes documents of 100 levels; the record's own may have 98.",
        mend: "Strava's records have about ten levels: look at what wrapped this one so many times.")
    case .inexactNumber:
      RuleGuide(
        "A number that no type holds",
        why: "It has more than 34 digits, or is beyond the range of decimal128. Rounding would change it silently.",
        mend: "Round it at its source, or send it as text.")
    case .tooLarge:
      RuleGuide(
        "A record that is too large",
        why: "MongoDB takes documents of at most 16 MiB; text of more than 32 MiB is not read into memory at all.",
        mend: "Take large parts, such as streams, out of the record.")
    case .notJSON:
      RuleGuide(
        "No JSON at all",
        why: "The input begins like something else: an archive of an unknown kind, an image, a page, another encoding.",
        mend: "Give the JSON itself. UTF-16 can be converted with `iconv -f UTF-16 -t UTF-8`.")
    case .notAnObject:
      RuleGuide(
        "A value that is no record", why: "Records are objects; a number or a text alone says nothing.",
        mend: "Look at what wrote it; it may have put a list of ids where the records belong.")
    default:
      RuleGuide(
        "Text that is not JSON",
        why: "The record breaks the grammar of RFC 8259 at the place shown: a comma too many, a quote missing, NaN.",
        mend: "Mend the place shown. The records around it are not affected.")
    }
  }

  private var inputGuide: RuleGuide {
    switch self {
    case .emptyInput:
      RuleGuide(
        "An empty input", why: "A dump that should hold something holds nothing, which may be a failed download.",
        mend: "Fetch it again, or leave it out.")
    case .nothingToRead:
      RuleGuide(
        "A directory, archive or database with nothing to read",
        why: "Nothing in the directory or archive has a name that JSON dumps have, or the database has no documents.",
        mend: "Check the path, or the database's name. Files are taken by their names: .json, .ndjson, .jsonl, and the "
          + "same compressed.")
    case .changedWhileRead:
      RuleGuide(
        "A file that changed while it was read",
        why: "What was read may be a mixture of two states. Its records were checked like any others.",
        mend: "Import it again when nothing writes to it any more.")
    case .jsonInText:
      RuleGuide(
        "JSON inside a text",
        why:
          "A program kept a response as text: an export of Postman or of a browser (HAR), a raw table of Airbyte. The "
          + "records in it are not read.",
        mend: "Take the text out first, for example with `jq -r '.. | .body? // empty | strings'`.")
    case .notLookedAt:
      RuleGuide(
        "Files that are not looked at",
        why:
          "In folders and archives files are taken by their endings. Hidden files, `node_modules`, virtual environments, "
          + "and the messages and posts of an account archive are never read there.",
        mend: "Nothing to do, unless one of them is a dump: name the file itself, or give `--include GLOB`.")
    case .nothingOfStrava:
      RuleGuide(
        "A file with nothing of Strava's",
        why: "The file is JSON, and no object in it is known: it stands in the folder for another purpose.",
        mend: "Nothing to do, or leave it out with `--exclude GLOB`. Named by itself, each of its objects is an error.")
    case .damagedArchive:
      RuleGuide(
        "A damaged archive",
        why: "The archive ends early or fails its checksum. What was read before that is whole and is stored.",
        mend: "Fetch the archive again, and import it: what is stored already is left alone.")
    default:
      RuleGuide(
        "An input that cannot be read",
        why: "The system refuses it: it is missing, or not yours to read. The exit code is 2, since nothing is known "
          + "about the records in it.",
        mend: "Check the path and the permissions.")
    }
  }

  private var kindGuide: RuleGuide {
    switch self {
    case .apiError:
      RuleGuide(
        "An error of the API, saved as a record",
        why: "The request failed, and its answer was kept in the place of data.",
        mend: "Make the request again; the errors inside say why it failed (a rate limit, an expired token).")
    case .webSiteObject:
      RuleGuide(
        "An object of Strava's web site",
        why: "Its numbers are formatted for people and have lost digits, so it is not stored as if it were the API's.",
        mend: "Fetch the same activities through the API.")
    case .clubActivity:
      RuleGuide(
        "An activity of a club's list", why: "It has no id and no time, so it cannot be told from others.",
        mend: "Fetch the activities through their athletes' own tokens.")
    case .bulkExportRow:
      RuleGuide(
        "A row of Strava's bulk export",
        why: "The CSV of the bulk export has other fields, rounded and translated; it is not the API's activity.",
        mend: "Fetch the activities through the API by the ids in the rows.")
    case .derivedActivity:
      RuleGuide(
        "Something made out of an activity",
        why: "It has neither `resource_state` nor `upload_id`: another program's transform, or another vendor's data. "
          + "Stored as Strava's, it would be believed.",
        mend: "Import the original response.")
    case .jsonSchema:
      RuleGuide(
        "A JSON Schema", why: "A description of records is no record, though its keys look like one.",
        mend: "Leave it out.")
    case .exportedDocument:
      RuleGuide(
        "A document that strava-store exported",
        why: "`export` writes stored documents, with typed fields in the platform's names. Import reads what Strava "
          + "sent.",
        mend: "Export with `--format raw --decrypt`, which writes Strava's own JSON, and import that.")
    case .partialRecord:
      RuleGuide(
        "A record from which something was left out",
        why: "`export` left out values of some classes, or wrote only some fields, and marked the record with "
          + "`$left_out`. Imported, it would replace the whole record, and what was left out would be lost.",
        mend: "Export with `--format raw --decrypt`, which writes whole records, and import that.")
    case .otherKind:
      RuleGuide(
        "A record of another kind", why: "`--kind` says what the input is to hold, and this record is something else.",
        mend: "Take it out, or name its kind too: `--kind` can be given several times.")
    case .skippedKind:
      RuleGuide(
        "A kind that is not stored",
        why:
          "Streams, laps, segments, gear and other kinds have no collection. They are counted, by name. An athlete's "
          + "zones are skipped where nothing says whose they are.",
        mend: "Nothing to do. For zones, give `--athlete ID`.")
    case .extendedJSON:
      RuleGuide(
        "Records in MongoDB Extended JSON",
        why:
          "`mongoexport` and drivers write some values as objects, such as `{\"$numberLong\": \"5\"}`. In such a record "
          + "each of these objects is read as the number, date or id that it stands for. Its `_id` is the database's, not "
          + "Strava's, and is left out.",
        mend: "Nothing to do.")
    case .wrapperKeys:
      RuleGuide(
        "Other keys around records",
        why: "What a wrapper holds beside its records is no part of them, and is not stored.",
        mend: "Nothing to do, unless it is something that you need.")
    default:
      RuleGuide(
        "An object of no known kind",
        why: "It has the marks of none of Strava's objects, nor of an insight.",
        mend: "If it holds records deeper down, import that part. If it is Strava's, tell us what it is.")
    }
  }
}
