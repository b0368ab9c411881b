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
    /// The server was reached, but no secure connection came about, or a certificate file cannot be read.
    case tls
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
    labels = reply?["errorLabels"]?.inner?.elements.compactMap { $0.value.string } ?? []
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
    labels = []
    message = error.message
  }

  /// True where the same request may succeed a little later: no server, a broken connection, a change of primary, a
  /// shutdown, a time limit, a write conflict, a lost cursor.
  public var isTransient: Bool {
    switch kind {
    case .serverUnreachable, .network: true
    case .tls: domain != 0  // a handshake may break while a server restarts, our own files stay as they are
    case .refused, .writeConcern:
      labels.contains("RetryableWriteError") || isTransientCode(Int32(bitPattern: code))
    case .authentication, .badURI, .malformedReply, .invalidRequest: false
    }
  }

  private static func kind(_ error: bson_error_t, _ text: String) -> Kind {
    switch mongoc_error_domain_t(error.domain) {
    case MONGOC_ERROR_SERVER_SELECTION:
      if text.contains("TLS") || text.contains("certificate") { return .tls }
      return text.contains("uthentication") ? .authentication : .serverUnreachable
    case MONGOC_ERROR_STREAM:
      let code = mongoc_error_code_t(error.code)
      return code == MONGOC_ERROR_STREAM_NAME_RESOLUTION || code == MONGOC_ERROR_STREAM_CONNECT
        ? .serverUnreachable : .network
    case MONGOC_ERROR_CLIENT, MONGOC_ERROR_SASL, MONGOC_ERROR_SCRAM: return .authentication
    case MONGOC_ERROR_SERVER, MONGOC_ERROR_QUERY: return error.code == 18 ? .authentication : .refused
    case MONGOC_ERROR_WRITE_CONCERN: return .writeConcern
    case MONGOC_ERROR_PROTOCOL: return .malformedReply
    default: return .invalidRequest
    }
  }
}

extension MongoError: CustomStringConvertible {
  public var description: String {
    domain == 0 ? message : "\(message) (\(codeName.map { "\($0), " } ?? "")\(domain).\(code))"
  }
}

/// What is told of a server's refusal; its own text may hold values.
func serverSentence(code: Int32, _ text: String) -> String {
  switch code {
  case 11000, 11001, 12582: "a unique index has this key already"
  case 121: "the document fails the collection's validator"
  default: Redaction.values(in: text)
  }
}

/// Server codes after which the same request may succeed.
func isTransientCode(_ code: Int32) -> Bool {
  switch code {
  case 6, 7, 89, 9001, 202, 317, 384: true  // host unreachable or not found, network timeout, socket, pools
  case 91, 11600, 11602, 10107, 13435, 13436, 189, 133: true  // shutdown, stepdown, no primary
  case 50, 64, 112, 134, 262: true  // time limits, write conflict, read concern not available yet
  case 43, 175, 237: true  // cursor or query plan gone: reopen
  default: false
  }
}
