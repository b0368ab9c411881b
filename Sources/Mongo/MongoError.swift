import BSON
import CMongo

/// Why a request to the server, or the way to it, failed.
///
/// The message says what and why without credentials and without values out of documents.
public struct MongoError: Error, Sendable {
  public enum Kind: String, Sendable {
    /// No server was found in time; the request was not sent.
    case serverUnreachable
    /// The connection broke; what the server did with the request is unknown.
    case network
    /// The login broke off for another reason than its credentials; the request was not sent.
    case loginInterrupted
    /// The server was reached, but no secure connection came about, or a certificate file cannot be read.
    case tls
    /// The server refused the login.
    case authentication
    /// The server answered and refused.
    case refused
    /// Applied, but not known to be as durable as asked for.
    case writeConcern
    case badURI
    /// The server's bytes are not what the protocol promises.
    case malformedReply
    /// The request was wrong in itself and was not sent.
    case invalidRequest
  }

  public let kind: Kind
  /// libmongoc's `mongoc_error_domain_t`, error API version 2; 0 for errors of our own.
  public let domain: UInt32
  /// The server's code in kinds `refused` and `writeConcern`, else libmongoc's; 0 for errors of our own.
  public let code: UInt32
  /// The server's name of its code, where it sent one.
  public let codeName: String?
  /// The server's and driver's labels, such as `RetryableWriteError`.
  public let labels: [String]
  public let message: String
  /// What the request was, where it matters to the message.
  private(set) var request: MongoRequest?

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
    domain = 0
    code = 0
    codeName = nil
    labels = []
  }

  /// What libmongoc reports, with the reply it came from.
  init(_ error: bson_error_t, reply: BSONDocument?) {
    let text = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    domain = error.domain
    code = error.code
    codeName = reply?["codeName"]?.string
    labels = ErrorLabels.of(reply)
    kind = Self.kind(error, text)
    message =
      kind == .refused || kind == .writeConcern
      ? serverSentence(code: Int32(bitPattern: code), text) : Redaction.credentials(in: text)
  }

  /// An entry of a reply's `writeConcernError`s.
  init(writeConcernError entry: BSONDocument) {
    kind = .writeConcern
    domain = MONGOC_ERROR_WRITE_CONCERN.rawValue
    code = UInt32(truncatingIfNeeded: entry["code"]?.integer ?? 0)
    codeName = entry["codeName"]?.string
    labels = []
    message = Redaction.values(in: entry["errmsg"]?.string ?? "the write concern was not met")
  }

  /// An operation of a bulk that was refused by itself.
  init(_ error: WriteError) {
    kind = .refused
    domain = MONGOC_ERROR_SERVER.rawValue
    code = UInt32(bitPattern: error.code)
    codeName = nil
    labels = error.labels
    message = error.message
  }

  /// True where the same request may succeed a little later: no server, a broken connection or login, and what the
  /// server's code (`ServerCode`) or labels say of it.
  public var isTransient: Bool {
    switch kind {
    case .serverUnreachable, .network, .loginInterrupted: true
    case .tls: domain != 0  // a handshake may break while a server restarts, our own files stay as they are
    case .refused, .writeConcern:
      ErrorLabels.arePassing(labels) || ServerCode.isPassing(Int32(bitPattern: code))
    case .authentication, .badURI, .malformedReply, .invalidRequest: false
    }
  }

  /// The server's code in kinds `refused` and `writeConcern`, where this program knows it.
  public var serverCode: ServerCode? {
    kind == .refused || kind == .writeConcern ? ServerCode(rawValue: Int32(bitPattern: code)) : nil
  }

  /// True where the server refused the request for lack of a right.
  public var isUnauthorized: Bool {
    serverCode == .unauthorized
      || serverCode == .atlasError && (message.contains("not allowed") || message.contains("not authorized"))
  }

  /// The same error as one of this request.
  func of(_ request: MongoRequest) -> MongoError {
    var copy = self
    copy.request = request
    return copy
  }

  private static func kind(_ error: bson_error_t, _ text: String) -> Kind {
    switch mongoc_error_domain_t(error.domain) {
    case MONGOC_ERROR_SERVER_SELECTION:
      if text.contains("TLS") || text.contains("certificate") { return .tls }
      return refusesLogin(text) ? .authentication : .serverUnreachable
    case MONGOC_ERROR_STREAM:
      let code = mongoc_error_code_t(error.code)
      return code == MONGOC_ERROR_STREAM_NAME_RESOLUTION || code == MONGOC_ERROR_STREAM_CONNECT
        ? .serverUnreachable : .network
    // libmongoc gives one code to whatever goes wrong in a login, a broken connection and a change of primary too.
    case MONGOC_ERROR_CLIENT where mongoc_error_code_t(error.code) == MONGOC_ERROR_CLIENT_AUTHENTICATE:
      return refusesLogin(text) ? .authentication : .loginInterrupted
    case MONGOC_ERROR_CLIENT, MONGOC_ERROR_SASL, MONGOC_ERROR_SCRAM: return .authentication
    case MONGOC_ERROR_SERVER, MONGOC_ERROR_QUERY:
      let code = ServerCode(rawValue: Int32(bitPattern: error.code))
      return code == .authenticationFailed ? .authentication : .refused
    case MONGOC_ERROR_WRITE_CONCERN: return .writeConcern
    case MONGOC_ERROR_PROTOCOL: return .malformedReply
    default: return .invalidRequest
    }
  }

  /// Returns true for the text of code 18, of which libmongoc keeps nothing else; Atlas words it in its own way.
  private static func refusesLogin(_ text: String) -> Bool {
    text.contains("uthentication failed") || text.contains("bad auth")
  }
}

extension MongoError: CustomStringConvertible {
  public var description: String {
    if domain == 0 { return message }
    let name = codeName ?? serverCode?.name
    // To a client that has not logged in, the server says so.
    let lacksRight = isUnauthorized && !message.contains("authentication")
    let sentence = lacksRight ? request?.refusal ?? message : message
    return "\(sentence) (\(name.map { "\($0), " } ?? "")\(domain).\(code))"
  }
}

/// Returns the message for a server's refusal. The server's own text may contain values of documents.
func serverSentence(code: Int32, _ text: String) -> String {
  switch ServerCode(rawValue: code) {
  case .duplicateKey, .duplicateKeyOnUpdate, .duplicateKeyOnMongos: "a unique index has this key already"
  case .documentValidationFailure: "the document fails the collection's validator"
  default: Redaction.values(in: text)
  }
}
