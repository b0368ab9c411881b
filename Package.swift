// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A module of the program; `scripts/layers.py` checks that nothing imports beyond what is declared here.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func system(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let algorithms = Target.Dependency.product(name: "Algorithms", package: "swift-algorithms")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// The fuzzer links only with `-sanitize=fuzzer`: `scripts/fuzz.py` asks for it.
let fuzzer: [Target] =
  Context.environment["STRAVA_STORE_FUZZ"] == nil
  ? []
  : [
    .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets", "CFuzzer"], path: "Tests/Fuzz/Driver", swiftSettings: strict),
  ]

let package = Package(
  name: "strava-store",
  products: [.executable(name: "strava-store", targets: ["strava-store"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    system("CMongo", "libmongoc-1.0", "libmongoc-dev"),
    system("CSodium", "libsodium", "libsodium-dev"),
    system("CCrypto", "libcrypto", "libssl-dev"),
    system("CArchive", "libarchive", "libarchive-dev"),
    // Headers alone, and of our own.
    .systemLibrary(name: "CScan"),
    .target(name: "CDriverStart"),

    module("BSON", []),
    module("Findings", []),
    module("SourceText", ["Findings", "BSON", "CArchive", "CScan"]),
    module("StravaRecords", ["SourceText", "Findings", "BSON"]),
    module("FieldCrypto", ["CSodium", "CCrypto", systemPackage]),
    module("Mongo", ["BSON", "CMongo", "CDriverStart", logging]),
    module("StoreAccess", ["StravaRecords", "FieldCrypto", "Mongo", "Findings", "BSON", algorithms, logging]),
    module(
      "Sealing",
      ["StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", algorithms]),
    module(
      "Importing",
      [
        "Sealing", "StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", logging,
        systemPackage,
      ]),
    module(
      "Exporting",
      [
        "Sealing", "StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", logging,
        systemPackage,
      ]),
    module(
      "Upkeep",
      [
        "Sealing", "StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", algorithms,
        logging,
      ]),
    module("Reporting", ["Findings"]),
    .executableTarget(
      name: "strava-store",
      dependencies: [
        "Importing", "Exporting", "Upkeep", "Sealing", "StoreAccess", "Reporting", "StravaRecords", "SourceText",
        "Findings", logging, systemPackage,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "Support", dependencies: ["Mongo", "BSON"], path: "Tests/Support",
      swiftSettings: strict),
    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
    .target(
      name: "FuzzTargets", dependencies: ["Mongo", "FieldCrypto", "StravaRecords", "SourceText", "Findings", "BSON"],
      path: "Tests/Fuzz/Targets", swiftSettings: strict),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets", "Support"], path: "Tests/Fuzz/FuzzTests",
      swiftSettings: strict),
    tests("BSONTests", ["BSON", "SeededRandom"]),
    tests("FindingsTests", ["Findings"]),
    tests("ReportingTests", ["Reporting", "Findings"]),
    tests("SourceTextTests", ["SourceText", "Findings", "BSON", "SeededRandom", "Support"]),
    tests("StravaRecordsTests", ["StravaRecords", "SourceText", "Findings", "BSON", "Support"]),
    tests("FieldCryptoTests", ["FieldCrypto", "SeededRandom", "Support"]),
    tests("MongoTests", ["Mongo", "BSON", "Support"]),
    tests("StoreAccessTests", ["StoreAccess", "Mongo", "BSON", "Findings", logging]),
    tests("SealingTests", ["Sealing", "StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "BSON"]),
    tests("ImportingTests", ["Importing"]),
    tests("ExportingTests", ["Exporting", "StoreAccess", "StravaRecords", "Mongo", "BSON"]),
    tests("UpkeepTests", ["Upkeep", "Sealing", "StoreAccess", "StravaRecords", "Mongo", "BSON"]),
    tests(
      "CommandTests",
      [
        "strava-store", "Importing", "Exporting", "StoreAccess", "StravaRecords", "SourceText", "Findings",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    tests("EndToEndTests", ["Support", "SeededRandom", "Mongo", "BSON"]),
  ] + fuzzer,
  swiftLanguageModes: [.v6]
)
