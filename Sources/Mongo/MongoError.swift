import BSON
import CMongo
import Synchronization

/// An error of a request to the server, or of the connection to it.
///
/// The message contains the problem and the reason, but no credentials and no values from documents.
public struct MongoError: Error, Sendable {
  public enum Kind: String, Sendable {
    /// No server was found in time; the request was not sent.
    case serverUnreachable
    /// The connection broke. It is unknown what the server did with the request.
    case network
    /// The login ended for another reason than its credentials. The request was not sent.
    case loginInterrupted
    /// The server was reached, but a secure connection could not be established, or a certificate file cannot be read.
    case tls
    /// The server rejected the login.
    case authentication
    /// The server answered and rejected the request.
    case refused
    /// The operation was applied, but is not known to be as durable as requested.
    case writeConcern
    case badURI
    /// The reply of the server violates the protocol.
    case malformedReply
    /// The request was invalid and was not sent.
    case invalidRequest
  }

  public let kind: Kind
  /// The `mongoc_error_domain_t` of libmongoc, error API version 2; 0 for errors that this program creates.
  public let domain: UInt32
  /// The code: from the server for the kinds `refused` and `writeConcern`, otherwise from libmongoc; 0 for errors that
  /// this program creates.
  public let code: UInt32
  /// The server's name of its code; nil if it sent none.
  public let codeName: String?
  /// The labels from the server and the driver, such as `RetryableWriteError`.
  public let labels: [String]
  public let message: String
  /// The request, if the message depends on it.
  private(set) var request: MongoRequest?

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
    domain = 0
    code = 0
    codeName = nil
    labels = []
  }

  /// Creates the error that libmongoc reports, with the reply that it came from.
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

  /// Reads an entry of the `writeConcernErrors` of a reply.
  init(writeConcernError entry: BSONDocument) {
    kind = .writeConcern
    domain = MONGOC_ERROR_WRITE_CONCERN.rawValue
    code = UInt32(truncatingIfNeeded: entry["code"]?.integer ?? 0)
    codeName = entry["codeName"]?.string
    labels = []
    message = Redaction.values(in: entry["errmsg"]?.string ?? "the write concern was not met")
  }

  /// Creates the error for an operation of a bulk that was rejected individually.
  init(_ error: WriteError) {
    kind = .refused
    domain = MONGOC_ERROR_SERVER.rawValue
    code = UInt32(bitPattern: error.code)
    codeName = nil
    labels = error.labels
    message = error.message
  }

  /// Whether the same request may succeed a little later. This is so if no server was found, if a connection or login
  /// broke, and if the server's code (`ServerCode`) or labels say so.
  public var isTransient: Bool {
    switch kind {
    case .serverUnreachable, .network, .loginInterrupted: true
    case .tls: domain != 0  // A handshake may fail while a server restarts; local files do not change.
    case .refused, .writeConcern:
      ErrorLabels.arePassing(labels) || ServerCode.isPassing(Int32(bitPattern: code))
    case .authentication, .badURI, .malformedReply, .invalidRequest: false
    }
  }

  /// The server's code for the kinds `refused` and `writeConcern`; nil if this program does not know it.
  public var serverCode: ServerCode? {
    kind == .refused || kind == .writeConcern ? ServerCode(rawValue: Int32(bitPattern: code)) : nil
  }

  /// Whether the server rejected the request because of a missing privilege.
  public var isUnauthorized: Bool {
    serverCode == .unauthorized
      || serverCode == .atlasError && (message.contains("not allowed") || message.contains("not authorized"))
  }

  /// Returns the same error with this request.
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
    // libmongoc uses one code for every problem during a login, including a broken connection and a change of the
    // primary.
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

  /// Returns true for the text of code 18, because libmongoc keeps only the text. Atlas uses its own text.
  private static func refusesLogin(_ text: String) -> Bool {
    text.contains("uthentication failed") || text.contains("bad auth")
  }
}

extension MongoError: CustomStringConvertible {
  public var description: String {
    if domain == 0 { return message }
    let name = codeName ?? serverCode?.name
    // The server also reports a missing privilege to a client that has not logged in.
    let lacksRight = isUnauthorized && !message.contains("authentication")
    let sentence = lacksRight ? request?.refusal ?? message : message
    let code = Self.showsDriverCodes.load(ordering: .relaxed) ? "error \(domain).\(code)" : nil
    let details = [name, code].compactMap(\.self).joined(separator: ", ")
    return details.isEmpty ? sentence : "\(sentence) (\(details))"
  }

  /// Adds the domain and the code of the driver to the descriptions of errors from now on.
  public static func showDriverCodes() { showsDriverCodes.store(true, ordering: .relaxed) }
  private static let showsDriverCodes = Atomic(false)
}

/// Returns the message for a request that the server rejected. The server's own text may contain values of documents.
func serverSentence(code: Int32, _ text: String) -> String {
  switch ServerCode(rawValue: code) {
  case .duplicateKey, .duplicateKeyOnUpdate, .duplicateKeyOnMongos: "a unique index has this key already"
  case .documentValidationFailure: "the document fails the collection's validator"
  default: Redaction.values(in: text)
  }
}
