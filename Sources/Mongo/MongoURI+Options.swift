/// Checks of the options of connection strings.
extension MongoURI {
  /// Returns the options of a connection string that are unknown to the URI specification, PyMongo and libmongoc, as
  /// they are written in the string.
  ///
  /// libmongoc only warns about such an option and connects without it: `tsl=true` gives a connection without TLS.
  /// libmongoc also warns about known options that it does not support.
  public static func unknownOptions(in text: String) -> [String] {
    guard let query = text.firstIndex(of: "?") else { return [] }
    let names = text[text.index(after: query)...].split(separator: "&").map { $0.prefix { $0 != "=" } }
    return names.filter { !knownOptions.contains($0.lowercased()) }.map(String.init)
  }

  private static let knownOptions: Set<String> = Set(
    (specified + ofPyMongo + ofDriver + stableAPI).split(whereSeparator: \.isWhitespace).map { $0.lowercased() })

  /// The options that are defined by the specifications of URI options, connection pools, read preference and
  /// authentication.
  private static let specified = """
    appname authMechanism authMechanismProperties authSource compressors connectTimeoutMS directConnection
    heartbeatFrequencyMS journal loadBalanced localThresholdMS maxConnecting maxIdleTimeMS maxPoolSize
    maxStalenessSeconds minPoolSize proxyHost proxyPassword proxyPort proxyUsername readConcernLevel readPreference
    readPreferenceTags replicaSet retryReads retryWrites serverMonitoringMode serverSelectionTimeoutMS
    serverSelectionTryOnce socketTimeoutMS srvMaxHosts srvServiceName ssl timeoutMS tls tlsAllowInvalidCertificates
    tlsAllowInvalidHostnames tlsCAFile tlsCertificateKeyFile tlsCertificateKeyFilePassword
    tlsDisableCertificateRevocationCheck tlsDisableOCSPEndpointCheck tlsInsecure w waitQueueMultiple
    waitQueueTimeoutMS wTimeoutMS zlibCompressionLevel

    """

  private static let ofPyMongo = """
    connect datetime_conversion document_class fsync gssapiServiceName j safe slaveOk
    ssl_ca_certs ssl_cert_reqs ssl_certfile ssl_crlfile ssl_keyfile ssl_match_hostname ssl_pem_passphrase tlsCRLFile
    tz_aware unicode_decode_error_handler uuidRepresentation wtimeout

    """

  private static let ofDriver = """
    canonicalizeHostname socketCheckIntervalMS sslAllowInvalidCertificates sslAllowInvalidHostnames
    sslCertificateAuthorityFile sslClientCertificateKeyFile sslClientCertificateKeyPassword
    """

  /// Options that are in no specification of connection strings. They are rejected with their own message.
  private static let stableAPI = " apiVersion requireApiVersion apiStrict apiDeprecationErrors serverApi"

  /// Rejects options that libmongoc does not support. libmongoc ignores such an option, and then fails at what the
  /// option should do.
  static func refuseUnsupported(_ text: String) throws(MongoError) {
    guard let query = text.firstIndex(of: "?") else { return }
    for option in text[text.index(after: query)...].split(separator: "&") {
      let name = option.prefix { $0 != "=" }
      if stableAPI.lowercased().split(separator: " ").contains(Substring(name.lowercased())) {
        throw MongoError(
          .badURI,
          "the connection string requests the Stable API (\(name)), which libmongoc does not support in a connection "
            + "string; remove the option. Servers that require an API version cannot be used")
      }
      guard option.lowercased() == "authmechanism=mongodb-oidc" else { continue }
      throw MongoError(
        .badURI,
        "the connection string requests OpenID Connect (MONGODB-OIDC), which libmongoc 1.23 does not support; "
          + "use SCRAM, X.509 or MONGODB-AWS")
    }
  }

  /// Returns whether the connection string, which may be malformed, contains a password.
  public static func holdsPassword(_ text: String) -> Bool { !Redaction.secrets(in: text).isEmpty }
}
