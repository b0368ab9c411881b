import BSON

/// A command and its target, for the message if the server rejects the command.
struct MongoRequest: Sendable {
  let command: String
  let database: String
  /// The name of the collection; nil for a command to the database.
  let collection: String?
  /// The name of the page that lists the required privileges.
  let rights: String?

  init(command: String, database: String, collection: String?, rights: String?) {
    self.command = command
    self.database = database
    self.collection = collection
    self.rights = rights
  }

  init(_ command: BSONDocument, on database: String, rights: String?) {
    let first = command.elements.first
    self.init(command: first?.key ?? "", database: database, collection: first?.value.string, rights: rights)
  }

  /// The message if the login lacks a privilege. The server's reply names no action, and its text repeats the whole
  /// command.
  var refusal: String {
    let target = collection.map { "the collection \(database).\($0)" } ?? "the database \(database)"
    let needs = rights.map { "; \($0) lists the rights that this command needs" } ?? ""
    return "not authorized: to run \(command) on \(target), the login needs the action \(actions)\(needs)"
  }

  /// The actions that the server requires for the command.
  private var actions: String {
    switch command {
    case "aggregate", "count", "getMore": "find"
    case "update": "update (and insert for an upsert)"
    case "delete": "remove"
    case "createIndexes": "createIndex"
    case "dropIndexes": "dropIndex"
    case "create": "createCollection"
    default: command
    }
  }
}
