import Mongo

/// What messages about errors contain for people who look for their cause.
package enum Diagnostics {
  /// Adds the domain and code of the driver to each error of a request.
  package static func showDriverCodes() { MongoError.showDriverCodes() }
}
