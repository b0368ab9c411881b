import ArgumentParser
import Exporting
import Reporting
import StravaRecords

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Prints what is declared: schemas, validators, the data dictionary.",
    discussion: """
      json-schema is JSON Schema 2020-12: with --form input for the records that import takes, with --form stored for \
      documents in relaxed Extended JSON, with --form exported for the plain JSON of export. mongodb is the $jsonSchema \
      validator of a collection. markdown is the data dictionary, svg a picture of the collections and what refers to \
      what. columns are those of export's CSV. kinds is the table by which import recognizes records.

      Of several collections, json-schema and mongodb print one object with a member for each.
      """)

  enum Format: String, WordArgument {
    case jsonSchema = "json-schema"
    case mongodb, markdown, svg, columns, kinds
  }

  enum Form: String, WordArgument { case input, stored, exported }

  @OptionGroup var collections: CollectionOption<DeclaredCollections>

  @Option(help: "How to print it: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format: Format = .jsonSchema

  @Option(help: "Of a JSON Schema: input, stored or exported. Default: stored.")
  var form: Form?

  @Option(
    help: ArgumentHelp(
      "Classes that are sealed besides secret and identity: location, health, or both with a comma.",
      valueName: "classes"),
    transform: SensitivityClasses.init(option:))
  var seal: SensitivityClasses = []

  func validate() throws {
    if form != nil, format != .jsonSchema { throw ValidationError("--form belongs to --format json-schema") }
    if asked != nil, format == .kinds { throw ValidationError("--format kinds is not about a collection") }
    for collection in asked ?? [] {
      if form == .input, InputSchema(collection) == nil {
        throw ValidationError("nothing is imported into \(collection.name): it has no input form")
      }
      if form == .exported, !ExportOptions.everyCollection.contains(collection.name) {
        throw ValidationError("\(collection.name) is exported as it is stored only")
      }
    }
  }

  func run() throws { try StandardOutput.print(text, Console()) }

  private var asked: [StoredCollection]? { collections.names?.compactMap(StoredCollection.named) }

  private var text: String {
    let sealed: SensitivityClasses = [.secret, .identity, seal]
    let shown = asked ?? StoredCollection.all
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

extension SensitivityClasses {
  init(option: String) throws {
    self = try SensitivityClass.list(option: option).reduce(into: []) { $0.insert(SensitivityClasses($1)) }
  }
}
