import Foundation
import Support
import Testing

/// Where a key file may be: on which path, and in which open file. The command reads its key file before it looks for a
/// server, so the tests see from its message whether the key file was accepted.
@Suite(.waiting) struct KeySourceTests {
  private let folder: TemporaryFolder
  private let keys: String

  init() throws {
    folder = try TemporaryFolder()
    keys = folder.path("keys.json")
    #expect(chmod(folder.path, 0o755) == 0)
    #expect(try StravaStore.run(["keys", "generate", "--key-file", keys]).exitCode == 0)
  }

  private static let noServer = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=5"
  private static let reader: uid_t = 12345

  /// Runs the shell command with the program as `$0` and the paths as `$1` and so on.
  private func shell(_ script: String, _ paths: String..., as user: uid_t? = nil) throws -> Outcome {
    var words = ["/bin/bash", "-c", script, StravaStore.path] + paths
    if let user { words = ["/usr/bin/setpriv", "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"] + words }
    return try Command(words[0], Array(words.dropFirst()), environment: ["MONGODB_URI": Self.noServer]).run()
  }

  /// Returns the reason why a key file is refused; nil if it is accepted.
  private func refusal(_ path: String, as user: uid_t? = nil) throws -> String? {
    let outcome = try shell(#""$0" keys status --key-file "$1""#, path, as: user)
    #expect(outcome.exitCode == 2)
    if outcome.errors.contains("127.0.0.1:1") { return nil }
    #expect(outcome.errors.contains("cannot read the key file \(path): "), "\(outcome.errors)")
    return outcome.errors
  }

  private func directory(_ name: String, mode: mode_t, owner: uid_t = geteuid()) throws -> String {
    let path = folder.path(name)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(chown(path, owner, owner) == 0 && chmod(path, mode) == 0)
    return path
  }

  private func copy(to path: String, mode: mode_t = 0o600, owner: uid_t = geteuid()) throws {
    try FileManager.default.copyItem(atPath: keys, toPath: path)
    #expect(chown(path, owner, owner) == 0 && chmod(path, mode) == 0)
  }

  private func link(_ path: String, to target: String, owner: uid_t? = nil) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    if let owner { #expect(lchown(path, owner, owner) == 0) }
  }

  // MARK: Paths

  @Test(arguments: [
    (mode_t(0o755), true), (0o700, true), (0o1777, true), (0o1775, true), (0o3777, true), (0o777, false),
    (0o775, false), (0o757, false), (0o2775, false),
  ])
  func aDirectoryThatOthersCanWriteToMustBeSticky(mode: mode_t, isAccepted: Bool) throws {
    let outer = try directory("outer", mode: 0o755)
    let inner = try directory("outer/inner", mode: 0o755)
    try copy(to: inner + "/keys.json")
    // The directory need not be the last one of the path, nor on the path that was given.
    try link(folder.path("link"), to: "outer/inner/keys.json")
    for changed in [inner, outer] {
      #expect(chmod(changed, mode) == 0)
      for path in [inner + "/keys.json", outer + "/../outer/./inner/keys.json", folder.path("link")] {
        let refusal = try refusal(path)
        #expect((refusal == nil) == isAccepted, "\(refusal ?? "accepted")")
        if !isAccepted { #expect(refusal?.contains("can replace the file") == true) }
      }
      #expect(chmod(changed, 0o755) == 0)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make files of other users"))
  func everythingOnThePathBelongsToRootOrTheUser() throws {
    let foreign = try directory("foreign", mode: 0o755, owner: 54321)
    try copy(to: foreign + "/keys.json", mode: 0o644)
    #expect(try refusal(foreign + "/keys.json")?.contains("the directory foreign on its path belongs to") == true)

    try copy(to: folder.path("theirs.json"), owner: 54321)
    #expect(try refusal(folder.path("theirs.json"))?.contains("it belongs to the user with id 54321") == true)

    try link(folder.path("theirs"), to: keys, owner: 54321)
    #expect(try refusal(folder.path("theirs"))?.contains("the symbolic link theirs on its path belongs to") == true)

    // What belongs to root is trusted, and what belongs to the user.
    let own = try directory("own", mode: 0o700, owner: Self.reader)
    try copy(to: own + "/keys.json", owner: Self.reader)
    try link(folder.path("mine"), to: own, owner: Self.reader)
    #expect(try refusal(own + "/keys.json", as: Self.reader) == nil)
    #expect(try refusal(folder.path("mine/keys.json"), as: Self.reader) == nil)
    #expect(try refusal(folder.path("mine/keys.json"))?.contains("on its path belongs to") == true)
  }

  @Test(
    .enabled(if: geteuid() == 0, "only root can make files of root"),
    arguments: [
      (mode_t(0o400), true), (0o440, true), (0o600, true), (0o640, true), (0o660, false), (0o444, false),
      (0o404, false), (0o420, false), (0o450, false),
    ])
  func onlyAFileOfRootMayBeReadByItsGroup(mode: mode_t, ofRoot: Bool) throws {
    let path = folder.path("root.json")
    try copy(to: path, mode: mode)
    #expect(chown(path, 0, Self.reader) == 0)
    let refusal = try refusal(path)
    #expect((refusal == nil) == ofRoot, "\(refusal ?? "accepted")")
    if !ofRoot { #expect(refusal?.contains("chmod 600") == true) }

    let own = folder.path("own.json")
    try copy(to: own, mode: mode, owner: Self.reader)
    #expect((try self.refusal(own, as: Self.reader) == nil) == [0o400, 0o600].contains(mode))
  }

  @Test func fortyLinksAreFollowedAndNoMore() throws {
    var target = "keys.json"
    for number in 1...41 {
      try link(folder.path("link\(number)"), to: target)
      target = "link\(number)"
    }
    #expect(try refusal(folder.path("link40")) == nil)
    #expect(try refusal(folder.path("link41"))?.contains("more than 40 symbolic links") == true)
    try link(folder.path("loop"), to: "loop")
    #expect(try refusal(folder.path("loop"))?.contains("more than 40 symbolic links") == true)
    try link(folder.path("dangling"), to: "nothing")
    #expect(try refusal(folder.path("dangling"))?.contains("does not exist") == true)
  }

  @Test func whatIsNoRegularFileIsRefused() throws {
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    for (path, problem) in [
      (folder.path, "it is a directory"), (folder.path + "/", "it is a directory"), ("/", "it is a directory"),
      (folder.path("pipe"), "it is not a regular file"), ("/dev/null", "it is not a regular file"),
      (keys + "/", "Not a directory"), (keys + "/more", "Not a directory"),
    ] {
      #expect(try refusal(path)?.contains(problem) == true, "\(path)")
    }
  }

  @Test(arguments: ["/proc/self/fd/3", "/dev/fd/3", "/proc/self/cwd/keys.json", "/proc/self/root"])
  func linksOfProcAreRefusedAndTheOptionForOpenFilesIsNamed(path: String) throws {
    let outcome = try shell(#"cd "$(dirname "$1")" && "$0" keys status --key-file "$2" 3< "$1""#, keys, path)
    #expect(outcome.exitCode == 2 && outcome.errors.contains("--key-fd 3"), "\(outcome.errors)")
    let substituted = try shell(#""$0" keys status --key-file <(cat "$1")"#, keys)
    #expect(substituted.exitCode == 2 && substituted.errors.contains("--key-fd 3"), "\(substituted.errors)")
  }

  @Test func aRelativePathIsWalkedFromTheRootToo() throws {
    let open = try directory("open", mode: 0o777)
    try copy(to: open + "/keys.json")
    for (place, isAccepted) in [(folder.path, true), (open, false)] {
      let outcome = try shell(#"cd "$1" && "$0" keys status --key-file keys.json"#, place)
      #expect(outcome.errors.contains("127.0.0.1:1") == isAccepted, "\(outcome.errors)")
    }
  }

  @Test func aNewKeyFileIsNotMadeWhereItWouldBeRefused() throws {
    let open = try directory("open", mode: 0o777)
    let refused = try StravaStore.run(["keys", "generate", "--key-file", open + "/keys.json"])
    #expect(refused.exitCode == 2 && refused.errors.contains("can replace the file"), "\(refused.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: open) == [])
    let masked = try shell(#"umask 777; "$0" keys generate --key-file "$1""#, folder.path("masked.json"))
    #expect(masked.exitCode == 0, "\(masked.errors)")
    #expect(try refusal(folder.path("masked.json")) == nil)
  }

  // MARK: Layouts of other programs

  /// A volume of a Kubernetes Secret with `defaultMode: 0400` in a pod with an `fsGroup`, as the kubelet writes it.
  @Test(.enabled(if: geteuid() == 0, "only root can make files of root"))
  func aMountedSecretOfKubernetesIsAccepted() throws {
    let mount = try directory("secret", mode: 0o3777)
    let data = try directory("secret/..2026_12_01_09_00_00.123456789", mode: 0o2755)
    try copy(to: data + "/keys.json", mode: 0o440)
    for path in [mount, data, data + "/keys.json"] { #expect(chown(path, 0, Self.reader) == 0) }
    #expect(chmod(mount, 0o3777) == 0 && chmod(data, 0o2755) == 0)
    try link(mount + "/..data", to: "..2026_12_01_09_00_00.123456789")
    try link(mount + "/keys.json", to: "..data/keys.json")
    #expect(try refusal(mount + "/keys.json", as: Self.reader) == nil)
    #expect(chmod(data + "/keys.json", 0o400) == 0)
    #expect(try refusal(mount + "/keys.json") == nil, "without a group, the container's user is root")
    #expect(chmod(data + "/keys.json", 0o644) == 0)
    #expect(try refusal(mount + "/keys.json", as: Self.reader)?.contains("chmod 600") == true, "Kubernetes' default")
  }

  /// A credential of `LoadCredential=`: the group bits of its mode are the mask of an access control list.
  @Test(.enabled(if: geteuid() == 0, "only root can make files of root"))
  func aCredentialOfSystemdIsAccepted() throws {
    let credentials = try directory("credentials", mode: 0o755)
    let unit = try directory("credentials/import.service", mode: 0o550)
    try copy(to: unit + "/keys", mode: 0o440)
    for path in [unit, unit + "/keys"] { #expect(chown(path, 0, Self.reader) == 0) }
    #expect(chmod(credentials, 0o755) == 0 && chmod(unit, 0o550) == 0)
    #expect(try refusal(unit + "/keys", as: Self.reader) == nil)
  }

  // MARK: Open files

  @Test func keysComeFromAPipeOrAnUnlinkedFile() throws {
    for script in [
      #""$0" keys status --key-fd 3 3< <(cat "$1")"#,
      #""$0" keys status --key-fd 200 200< <(head -c 90 "$1"; sleep 0.3; tail -c +91 "$1")"#,
      #"cp "$1" "$2" && exec 4< "$2" && rm "$2" && "$0" keys status --key-fd 4"#,
      #"STRAVA_STORE_KEY_FILE=/missing "$0" keys status --key-fd 3 3< <(cat "$1")"#,
    ] {
      let outcome = try shell(script, keys, folder.path("copy"))
      #expect(outcome.exitCode == 2 && outcome.errors.contains("127.0.0.1:1"), "\(script): \(outcome.errors)")
    }
  }

  @Test(arguments: [
    (#"3< <(true)"#, "it is empty"), (#"3< <(head -c 100 "$1")"#, "it is incomplete"),
    (#"3< <(echo no key file)"#, "neither a JSON object"), (#"3< "$1""#, "it is a file with a name"),
    (#"3< /dev/null"#, "neither a pipe nor an unlinked file"), (#"3< /"#, "neither a pipe nor an unlinked file"),
    (#"3< <(cat "$1" "$1")"#, "after the end of its JSON"),
    (#"3< <(yes)"#, "larger than 1 MiB"),
  ])
  func anythingElseIsTheEnvironmentsFailure(redirection: String, problem: String) throws {
    let outcome = try shell(#""$0" keys status --key-fd 3 "# + redirection, keys)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("cannot read the key file from descriptor 3: "), "\(outcome.errors)")
    #expect(outcome.errors.contains(problem), "\(outcome.errors)")
  }

  @Test func aDescriptorThatIsNotOpenIsTheEnvironmentsFailure() throws {
    let outcome = try shell(#""$0" keys status --key-fd 99"#)
    #expect(outcome.exitCode == 2 && outcome.errors.contains("the descriptor is not open"), "\(outcome.errors)")
    // The program may have opened a file of its own with this number by then.
    let closed = try shell(#""$0" keys status --key-fd 3 3<&-"#)
    #expect(closed.exitCode == 2 && closed.errors.contains("from descriptor 3"), "\(closed.errors)")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make files of other users"))
  func aPipeOfAnotherUserIsRefused() throws {
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0 && chown(folder.path("pipe"), 54321, 54321) == 0)
    let outcome = try shell(#"(cat "$1" > "$2") & "$0" keys status --key-fd 3 3< "$2""#, keys, folder.path("pipe"))
    #expect(outcome.exitCode == 2 && outcome.errors.contains("belongs to the user with id 54321"), "\(outcome.errors)")
  }

  @Test func theCommandLineIsChecked() throws {
    for arguments in [
      ["keys", "status", "--key-fd", "2"], ["keys", "status", "--key-fd", "-1"],
      ["keys", "status", "--key-fd", "3", "--key-file", keys],
      ["keys", "status", "--key-fd", "3", "--passphrase-fd", "3"],
      ["keys", "generate", "--key-fd", "3", "--key-file", keys],
      ["keys", "rotate-master", "--key-out", ""], ["keys", "status", "--key-out", "new.json"],
      ["keys", "drop-master", UUID().uuidString, "--key-fd", "3"],
    ] {
      #expect(try StravaStore.run(arguments).exitCode == 64, "\(arguments)")
    }
  }

  @Test func aSignalEndsTheWaitForAPipe() throws {
    let outcome = try shell(
      #""$0" keys status --key-fd 3 --json 3< <(sleep 20) & sleep 1; kill -TERM $!; wait $!"#, keys)
    #expect(outcome.exitCode == 143, "\(outcome.errors)")
  }
}
