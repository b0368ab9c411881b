import CMongo
import Glibc

extension ParsedURI {
  /// The time in milliseconds that a write waits for a majority. The majority may be unavailable, for example if a
  /// member is down in a replica set with an arbiter.
  static let majorityPatience: Int64 = 60_000

  /// The minimum number of clients of one pool that may be in use at the same time.
  private static let smallestPool: Int32 = 16

  /// Sets the read preference of queries.
  func setReads(_ reads: MongoClientPool.Reads) {
    guard reads == .primary else { return }
    let primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
    defer { mongoc_read_prefs_destroy(primary) }
    mongoc_uri_set_read_prefs_t(pointer, primary)
  }

  /// Sets the options that the connection string does not contain. `serverSelectionTryOnce` is not set, because a pool
  /// never uses it.
  func applyDefaults(applicationName: String, answers: MongoClientPool.Answers) throws(MongoError) {
    if !has(MONGOC_URI_APPNAME), !mongoc_uri_set_appname(pointer, applicationName) {
      throw MongoError(.badURI, "the application name is longer than \(MONGOC_HANDSHAKE_APPNAME_MAX) bytes")
    }
    // A server that is down is reported after 5 s instead of libmongoc's 30 s.
    setUnlessGiven(MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 5_000)
    switch answers {
    case .soon: setUnlessGiven(MONGOC_URI_SOCKETTIMEOUTMS, 300_000)
    // The value 0 would mean libmongoc's default of five minutes. The keep-alive probes of the system detect a dead
    // peer.
    case .late: mongoc_uri_set_option_as_int32(pointer, MONGOC_URI_SOCKETTIMEOUTMS, .max)
    }
    let size = mongoc_uri_get_option_as_int32(pointer, MONGOC_URI_MAXPOOLSIZE, 100)
    mongoc_uri_set_option_as_int32(pointer, MONGOC_URI_MAXPOOLSIZE, max(size, Self.smallestPool))
    try applyWriteConcern()
  }

  /// Sets majority and journal. Without the journal, acknowledged writes were lost when a server was killed.
  private func applyWriteConcern() throws(MongoError) {
    let concern = mongoc_write_concern_copy(mongoc_uri_get_write_concern(pointer))
    defer { mongoc_write_concern_destroy(concern) }
    if mongoc_write_concern_get_w(concern) == MONGOC_WRITE_CONCERN_W_DEFAULT {
      mongoc_write_concern_set_w(concern, MONGOC_WRITE_CONCERN_W_MAJORITY)
    }
    guard mongoc_write_concern_get_w(concern) != MONGOC_WRITE_CONCERN_W_UNACKNOWLEDGED else {
      throw MongoError(
        .badURI, "the connection string has w=0, but writes must be acknowledged to be counted; remove w=0")
    }
    if !mongoc_write_concern_journal_is_set(concern) { mongoc_write_concern_set_journal(concern, true) }
    if mongoc_write_concern_get_wtimeout_int64(concern) == 0 {
      mongoc_write_concern_set_wtimeout_int64(concern, Self.majorityPatience)
    }
    mongoc_uri_set_write_concern(pointer, concern)
  }

  /// Checks that the certificate files are readable. libmongoc reports an unreadable certificate file as a server that
  /// is down.
  func checkCertificateFiles() throws(MongoError) {
    for (key, name) in [
      (MONGOC_URI_TLSCAFILE, "tlsCAFile"), (MONGOC_URI_TLSCERTIFICATEKEYFILE, "tlsCertificateKeyFile"),
    ] {
      guard let path = mongoc_uri_get_option_as_utf8(pointer, key, nil) else { continue }
      guard let failure = Self.failureToRead(path) else { continue }
      throw MongoError(.tls, "cannot read the \(name) \(String(cString: path)): \(failure)")
    }
  }

  private static func failureToRead(_ path: UnsafePointer<CChar>) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return String(cString: strerror(errno)) }
    defer { close(file) }
    var byte: UInt8 = 0
    switch read(file, &byte, 1) {
    case 1: return nil
    case 0: return "the file is empty"
    default: return String(cString: strerror(errno))
    }
  }

  private func has(_ option: String) -> Bool { mongoc_uri_has_option(pointer, option) }

  private func setUnlessGiven(_ option: String, _ value: Int32) {
    if !has(option) { mongoc_uri_set_option_as_int32(pointer, option, value) }
  }
}
