import CMongo

/// A connection string that libmongoc accepts. Printing it never shows its credentials.
public struct MongoURI: Sendable {
  /// The database that the string names.
  public let database: String?
  /// The string without user, password and secret options.
  public var redacted: String { Redaction.uri(text) }

  let text: String

  /// Parses a connection string.
  ///
  /// - Throws: kind `badURI`, with the string redacted.
  public init(_ text: String) throws(MongoError) {
    Driver.start()
    Redaction.learn(Redaction.secrets(in: text))
    let text = Self.withSlash(text)
    try Self.refuseUnsupported(text)
    let parsed = try ParsedURI(text)
    self.text = text
    database = mongoc_uri_get_database(parsed.pointer).map { String(cString: $0) }
    Redaction.learn([mongoc_uri_get_password(parsed.pointer).map { String(cString: $0) }].compactMap(\.self))
  }

  /// Adds the slash between hosts and options, which libmongoc requires and newer drivers do not.
  private static func withSlash(_ text: String) -> String {
    guard let start = text.firstRange(of: "://")?.upperBound,
      let end = text[start...].firstIndex(where: { $0 == "/" || $0 == "?" }), text[end] == "?"
    else { return text }
    return text[..<end] + "/" + text[end...]
  }
}

extension MongoURI: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { redacted }
  public var debugDescription: String { redacted }
  public var customMirror: Mirror { Mirror(self, children: ["redacted": redacted]) }
}

/// The owner of a `mongoc_uri_t`.
struct ParsedURI: ~Copyable {
  let pointer: OpaquePointer

  init(_ text: String) throws(MongoError) {
    // libmongoc would end the password at the first @ and use the rest of the password as a host.
    let authority = text.firstRange(of: "://").map { text[$0.upperBound...].prefix { $0 != "/" && $0 != "?" } }
    guard authority?.count(where: { $0 == "@" }) ?? 0 <= 1 else {
      throw Self.malformed(text, "write an @ in the user name or the password as %40")
    }
    var error = bson_error_t()
    guard let pointer = mongoc_uri_new_with_error(text, &error) else {
      throw Self.malformed(text, MongoError(error, reply: nil).message)
    }
    self.pointer = pointer
  }

  deinit { mongoc_uri_destroy(pointer) }

  private static func malformed(_ text: String, _ why: String) -> MongoError {
    MongoError(.badURI, "the connection string \(Redaction.uri(text)) is invalid: \(why)")
  }
}
