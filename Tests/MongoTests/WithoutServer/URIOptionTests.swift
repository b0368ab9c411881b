import Mongo
import Testing

struct URIOptionTests {
  @Test("Options that nothing knows are named as they stand there")
  func unknown() {
    #expect(
      MongoURI.unknownOptions(in: "mongodb://127.0.0.1/?tsl=true&w=majority&Retrywrite=1") == ["tsl", "Retrywrite"])
    #expect(MongoURI.unknownOptions(in: "mongodb://h/db?tls") == [])
  }

  @Test(
    "Options of the specification, of PyMongo and of libmongoc are known, in any case",
    arguments: [
      "tls=true", "SSL=true", "authsource=admin", "readPreferenceTags=dc:ny,rack:1", "timeoutMS=5",
      "uuidRepresentation=standard",
      "serverMonitoringMode=poll", "j=true", "wtimeout=5", "tz_aware=true", "canonicalizeHostname=true",
      "srvMaxHosts=1",
    ])
  func known(option: String) {
    #expect(MongoURI.unknownOptions(in: "mongodb://u:p@h1,h2/db?appName=x&\(option)") == [])
  }

  @Test("A string without options has none, and a password is seen in a malformed one")
  func plain() {
    #expect(MongoURI.unknownOptions(in: "mongodb://127.0.0.1:27017") == [])
    #expect(MongoURI.holdsPassword("mongodb://u:secret@h"))
    #expect(MongoURI.holdsPassword("mongodb://u:se@cret@h/?x"))
    #expect(!MongoURI.holdsPassword("mongodb://u@h") && !MongoURI.holdsPassword("mongodb://h/db?w=1"))
  }
}
