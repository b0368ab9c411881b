import ArgumentParser
import Reporting
import StoreAccess

struct KeysGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Makes a key file, readable by its owner only.",
    discussion: "Never overwrites one: whoever loses a key file loses what it sealed. Keep a copy apart.")

  @OptionGroup var key: KeyOptions

  @Flag(help: "Put it under a passphrase: asked for twice, or read by --passphrase-fd.")
  var passphrase = false

  func run() throws {
    let console = Console()
    guard let path = key.path else { throw ValidationError("give --key-file or STRAVA_STORE_KEY_FILE") }
    let cancellation = Cancellation()
    let signals = Signals(cancellation)
    defer { signals.cancel() }
    do {
      let master = try key.choice.generate(isLocked: passphrase || key.passphraseFd != nil, cancellation)
      console.print("key file \(path) made, master key \(master)")
    } catch let failure as StoreFailure {
      console.print("error: \(failure.message)")
      throw failure.exitCode(cancellation)
    }
  }
}
