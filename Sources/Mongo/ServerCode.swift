import BSON

/// The error codes of the server that this program acts on. MongoDB's list of all codes is `error_codes.yml`.
public enum ServerCode: Int32, Sendable, CaseIterable {
  // The same request may succeed a little later.

  // The connection to the server, or between servers, failed.
  case hostUnreachable = 6
  case hostNotFound = 7
  case networkTimeout = 89
  case networkInterfaceExceededTimeLimit = 202
  case connectionPoolExpired = 317
  case connectionError = 384
  case pooledConnectionAcquisitionExceededTimeLimit = 407
  case socketException = 9001
  case retriableRemoteCommandFailure = 91331
  // A server shuts down or changes its role.
  case shutdownInProgress = 91
  case failedToSatisfyReadPreference = 133
  case readConcernMajorityNotAvailableYet = 134
  case primarySteppedDown = 189
  case legacyNotPrimary = 10058
  case notWritablePrimary = 10107
  case interruptedAtShutdown = 11600
  case interruptedDueToReplStateChange = 11602
  case notPrimaryNoSecondaryOk = 13435
  case notPrimaryOrSecondary = 13436
  case interruptedDueToFCVChange = 10_045_600
  // A time limit was exceeded.
  case lockTimeout = 24
  case maxTimeMSExpired = 50
  case writeConcernTimeout = 64
  case exceededTimeLimit = 262
  // Another operation conflicts.
  case lockBusy = 46
  case noProgressMade = 82
  case writeConflict = 112
  case conflictingOperationInProgress = 117
  case indexBuildAborted = 276
  case objectIsBusy = 314
  case updatesStillPending = 412
  case backgroundOperationInProgressForDatabase = 12586
  case backgroundOperationInProgressForNamespace = 12587
  case backupCursorOpenConflictWithCheckpoint = 50915
  // Data moves between shards.
  case staleEpoch = 150
  case staleDbVersion = 249
  case movePrimaryInProgress = 319
  case migrationBlockingOperationCoordinatorCleaningUp = 406
  case interruptedDueToReshardingCriticalSection = 453
  case staleConfig = 13388
  // A server is overloaded.
  case temporarilyUnavailable = 365
  case resourceExhausted = 402
  case admissionQueueOverflow = 433
  case rateLimitExceeded = 449
  case pooledConnectionAcquisitionRejected = 450
  case ingressRequestRateLimitExceeded = 462
  // The cursor is lost, and the query must be sent again.
  case cursorNotFound = 43
  case queryPlanKilled = 175
  case cursorKilled = 237

  // The same request will be rejected again.

  case unauthorized = 13
  case authenticationFailed = 18
  case namespaceNotFound = 26
  case indexNotFound = 27
  case pathNotViable = 28
  case namespaceExists = 48
  case indexOptionsConflict = 85
  case indexKeySpecsConflict = 86
  case documentValidationFailure = 121
  case commandNotSupportedOnView = 166
  /// A code of Atlas, mostly for actions that a login is not allowed to perform.
  case atlasError = 8000
  case bsonObjectTooLarge = 10334
  case duplicateKey = 11000
  case duplicateKeyOnUpdate = 11001
  case duplicateKeyOnMongos = 12582

  /// The server's name of the code.
  public var name: String {
    let text = "\(self)"
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  /// Whether the same request may succeed a little later.
  public var isPassing: Bool {
    switch self {
    case .unauthorized, .authenticationFailed, .namespaceNotFound, .indexNotFound, .pathNotViable, .namespaceExists,
      .indexOptionsConflict, .indexKeySpecsConflict, .documentValidationFailure, .commandNotSupportedOnView,
      .atlasError, .bsonObjectTooLarge, .duplicateKey, .duplicateKeyOnUpdate, .duplicateKeyOnMongos:
      false
    default: true
    }
  }

  /// Returns whether the code is in the table and the same request may succeed a little later.
  static func isPassing(_ code: Int32) -> Bool { ServerCode(rawValue: code)?.isPassing ?? false }
}

/// The labels that servers and drivers add to errors.
enum ErrorLabels {
  /// The labels that each mean that the same request may succeed a little later. `NoWritesPerformed` is not one of
  /// them: it accompanies them, is only about the last attempt, and is also set on final errors.
  private static let passing: Set<String> = ["RetryableWriteError", "RetryableError", "SystemOverloadedError"]

  static func arePassing(_ labels: [String]) -> Bool { !passing.isDisjoint(with: labels) }

  /// Returns the labels of a reply, or of an entry of its `writeErrors`.
  static func of(_ document: BSONDocument?) -> [String] {
    document?["errorLabels"]?.inner?.elements.compactMap { $0.value.string } ?? []
  }
}
