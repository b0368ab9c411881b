import FieldCrypto
import Mongo

/// The jobs around keys.
public enum Keys {
  /// Makes a key file (mode 0600) where there is none.
  ///
  /// - Returns: the id of its master key.
  /// - Throws: `StoreFailure`, also where a file is there already.
  public static func generate(at path: String) throws -> String {
    do {
      return try KeyFile.generate(at: path).active.description
    } catch {
      throw StoreFailure(error)
    }
  }
}

/// What can be said of a connection string without connecting.
public enum Connection {
  /// True where the URI carries a password, which other users of the machine can read in a command line.
  public static func holdsPassword(_ uri: String) -> Bool { (try? MongoURI(uri))?.hasPassword ?? false }
}
