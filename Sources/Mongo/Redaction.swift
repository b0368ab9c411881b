import Synchronization

/// The removal of credentials from text about connections, and of values from text that a server wrote.
enum Redaction {
  /// Returns a connection string without user, password and secret options. From a malformed string, it removes more
  /// rather than less.
  static func uri(_ text: String) -> String {
    let (scheme, rest) = split(text)
    var shown = scheme
    var open = rest
    if let at = rest.lastIndex(of: "@") {
      shown += "***@"
      open = rest[rest.index(after: at)...]
    }
    let hosts = open.prefix { $0 != "/" && $0 != "?" }
    // Only the port distinguishes "host:port" from "user:password" without a host.
    guard hosts.split(separator: ",").allSatisfy(looksLikeHost) else { return shown + "***" }
    guard let query = open.firstIndex(of: "?") else { return shown + open }
    let options = open[open.index(after: query)...].split(separator: "&", omittingEmptySubsequences: false)
    return shown + open[...query]
      + options.map { secretOption($0) == nil ? String($0) : name($0) + "=***" }.joined(separator: "&")
  }

  /// Stores the secrets of a connection string, so that no later message can repeat them.
  static func learn(_ secrets: some Sequence<String>) {
    // Shorter secrets would be found in ordinary words. In a connection string, they are removed anyway.
    known.withLock { $0.formUnion(secrets.filter { $0.utf8.count >= 4 }) }
  }

  /// Returns the password and the values of secret options as they are written in a connection string, which may be
  /// malformed.
  static func secrets(in text: String) -> [String] {
    let rest = split(text).rest
    var found: [String] = []
    if let at = rest.lastIndex(of: "@") {
      let user = rest[..<at]
      if let colon = user.firstIndex(of: ":") { found.append(String(user[user.index(after: colon)...])) }
    }
    if let query = rest.firstIndex(of: "?") {
      found += rest[rest.index(after: query)...].split(separator: "&").compactMap(secretOption)
    }
    return found
  }

  /// Returns a text of libmongoc without connection strings and known secrets.
  static func credentials(in text: String) -> String {
    var shown = text.split(separator: " ", omittingEmptySubsequences: false)
      .map { $0.contains("://") ? uri(String($0)) : String($0) }.joined(separator: " ")
    for secret in known.withLock({ $0 }) { shown = shown.replacing(secret, with: "***") }
    return shown
  }

  /// Returns a text of the server without parts that may be data: quoted text, text in brackets, and numbers.
  static func values(in text: String) -> String {
    var shown = ""
    var previous: Character = " "
    var rest = text.prefix(1000)
    while let c = rest.popFirst() {
      if let end = closing(c), !(c == "'" && previous.isLetter) {
        shown += "\(c)…"
        if skip(&rest, open: c, close: end) { shown.append(end) }
        previous = end
      } else if c.isNumber, !previous.isLetter, previous != "_", previous != "$" {
        rest = rest.drop { $0.isNumber || $0 == "." || $0 == "e" }
        shown += "…"
        previous = " "
      } else {
        shown.append(c)
        previous = c
      }
    }
    return String(credentials(in: shown).prefix(300))
  }

  private static let known = Mutex<Set<String>>([])

  private static func split(_ text: String) -> (scheme: String, rest: Substring) {
    guard let mark = text.firstRange(of: "://") else { return ("", text[...]) }
    return (String(text[..<mark.upperBound]), text[mark.upperBound...])
  }

  private static func looksLikeHost(_ text: Substring) -> Bool {
    if text.hasPrefix("[") { return true }
    guard let colon = text.firstIndex(of: ":") else { return true }
    return text[text.index(after: colon)...].allSatisfy { $0.isASCII && $0.isNumber }
  }

  private static func name(_ option: Substring) -> String { String(option.prefix { $0 != "=" }) }

  /// Returns the value of an option if the option is a secret; otherwise nil.
  private static func secretOption(_ option: Substring) -> String? {
    let key = name(option).lowercased()
    guard key.contains("password") || key == "authmechanismproperties" else { return nil }
    return String(option.dropFirst(key.count + 1))
  }

  private static func closing(_ c: Character) -> Character? {
    switch c {
    case "{": "}"
    case "[": "]"
    case "\"", "'", "`": c
    default: nil
    }
  }

  /// Skips the text up to the matching `close`; returns false if it is missing.
  private static func skip(_ rest: inout Substring, open: Character, close: Character) -> Bool {
    var depth = 1
    while let c = rest.popFirst() {
      if c == close {
        depth -= 1
        if depth == 0 { return true }
      } else if c == open {
        depth += 1
      }
    }
    return false
  }
}
