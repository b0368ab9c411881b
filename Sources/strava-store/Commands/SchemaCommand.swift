import ArgumentParser
import Exporting
import Reporting
import StravaRecords

struct SchemaCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print schemas, validators, or the data dictionary.",
    discussion: """
      json-schema prints JSON Schema 2020-12: for the records that import reads (--form input), for documents in \
      relaxed Extended JSON (--form stored), or for the JSON that export writes (--form exported). mongodb prints the \
      $jsonSchema validator. markdown prints the data dictionary. svg draws the collections and their references. \
      columns lists the columns of exported CSV. kinds prints the table by which import recognizes records.

      For several collections, json-schema and mongodb print one object with one member for each collection.

      Exit codes: 0 success; 2 standard output cannot be written; 64 wrong usage.
      """)

  static let examples = [
    "strava-store schema --collection activities --form input",
    "strava-store schema --collection users --format mongodb --seal location",
    "strava-store schema --format markdown --form-of platform > data-dictionary.md",
  ]

  enum Format: String, WordArgument {
    case jsonSchema = "json-schema"
    case mongodb, markdown, svg, columns, kinds
  }

  enum Form: String, WordArgument { case input, stored, exported }

  @OptionGroup var collections: CollectionOption<DeclaredCollections>

  @Option(help: "What to print.")
  var format: Format = .jsonSchema

  @Option(help: "Documents that the JSON Schema describes. Default: stored.")
  var form: Form?

  @Option(
    help: ArgumentHelp(
      "Form of the database. Default: specification.",
      discussion: "docs/adopting.md explains the platform's form.", valueName: "specification|platform"))
  var formOf: StoreForm = .specification

  @Option(
    help: ArgumentHelp(
      "Sealed classes besides secret and identity: location, health, or both.",
      valueName: "classes"),
    transform: SensitivityClasses.init(option:))
  var seal: SensitivityClasses = []

  func validate() throws {
    if form != nil, format != .jsonSchema { throw ValidationError("--form needs --format json-schema") }
    if asked != nil, format == .kinds { throw ValidationError("--format kinds does not take --collection; remove it") }
    for collection in asked ?? [] {
      if form == .input, InputSchema(collection) == nil {
        throw ValidationError("\(collection.name) has no input form: import reads no records for it")
      }
      if form == .exported, !ExportOptions.everyCollection.contains(collection.name) {
        throw ValidationError("\(collection.name) has no exported form; use --form stored")
      }
    }
  }

  func run() throws { try StandardOutput.print(text, Console()) }

  private var asked: [StoredCollection]? { collections.names?.compactMap { StoredCollection.named($0, in: formOf) } }

  private var text: String {
    let sealed: SensitivityClasses = [.secret, .identity, seal]
    let shown = asked ?? StoredCollection.all(in: formOf)
    switch format {
    case .markdown: return DataDictionary(shown, sealing: sealed).text
    case .columns: return ColumnTable(shown.filter { ExportOptions.everyCollection.contains($0.name) }).text
    case .kinds: return KindTable().text
    case .svg: return CollectionPicture(shown, sealing: sealed).text
    case .mongodb: return text(of: shown) { ServerValidator($0, sealing: sealed).rendering }
    case .jsonSchema:
      return text(of: shown) { collection in
        switch form {
        case .input: InputSchema(collection)?.rendering
        case .exported:
          ExportOptions.everyCollection.contains(collection.name)
            ? StoredSchema(collection, sealing: sealed, as: .exported).rendering : nil
        case .stored, nil: StoredSchema(collection, sealing: sealed).rendering
        }
      }
    }
  }

  private func text(of shown: [StoredCollection], _ rendering: (StoredCollection) -> JSONValue?) -> String {
    if shown.count == 1 { return shown.compactMap(rendering).map(\.text).joined() }
    return JSONValue.object(shown.compactMap { one in rendering(one).map { .init(key: one.name, value: $0) } }).text
  }
}

extension StoreForm: WordArgument {}

extension SensitivityClasses {
  init(option: String) throws {
    self = try SensitivityClass.list(option: option).reduce(into: []) { $0.insert(SensitivityClasses($1)) }
  }
}
