// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A room of the program; `scripts/layers.py` checks that nothing imports beyond what is declared here.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func system(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

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
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    system("CMongo", "libmongoc-1.0", "libmongoc-dev"),
    system("CSodium", "libsodium", "libsodium-dev"),
    system("CArchive", "libarchive", "libarchive-dev"),
    // Headers alone, and of our own.
    .systemLibrary(name: "CScan"),

    room("BSON", []),
    room("SourceText", ["BSON", "CArchive", "CScan"]),
    room("StravaRecords", ["SourceText", "BSON"]),
    room("FieldCrypto", ["CSodium"]),
    room("Mongo", ["BSON", "CMongo", .product(name: "Logging", package: "swift-log")]),
    room(
      "StoreEngine",
      [
        "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "BSON",
        .product(name: "Logging", package: "swift-log"),
      ]),
    room("Reporting", ["SourceText"]),
    .executableTarget(
      name: "strava-store",
      dependencies: [
        "StoreEngine", "Reporting", "StravaRecords", "SourceText",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    .target(
      name: "Support", dependencies: ["Mongo", "BSON"], path: "Tests/Support",
      swiftSettings: strict),
    .target(
      name: "FuzzTargets", dependencies: ["Mongo", "FieldCrypto", "StravaRecords", "SourceText", "BSON"],
      path: "Tests/Fuzz/Targets", swiftSettings: strict),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets", "Support"], path: "Tests/Fuzz/FuzzTests",
      swiftSettings: strict),
    tests("BSONTests", ["BSON"]),
    tests("SourceTextTests", ["SourceText", "BSON"]),
    tests("StravaRecordsTests", ["StravaRecords", "SourceText", "BSON"]),
    tests("FieldCryptoTests", ["FieldCrypto"]),
    tests("MongoTests", ["Mongo", "BSON", "Support"]),
    tests("EndToEndTests", ["Support", "Mongo", "BSON"]),
  ] + fuzzer,
  swiftLanguageModes: [.v6]
)
