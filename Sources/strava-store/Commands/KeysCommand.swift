import ArgumentParser
import Reporting
import StoreEngine

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Makes and keeps the keys that digests and sealed values need.",
    subcommands: [Generate.self])

  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a key file, readable by its owner only.",
      discussion: "Never overwrites one: whoever loses a key file loses what it sealed. Keep a copy apart.")

    @OptionGroup var key: KeyOptions

    func run() throws {
      let console = Console()
      guard let path = key.path else { throw ValidationError("give --key-file or STRAVA_STORE_KEY_FILE") }
      do {
        let master = try Keys.generate(at: path)
        console.print("key file \(path) made, master key \(master)")
      } catch let failure as StoreFailure {
        console.print("error: \(failure.message)")
        throw ExitCode.environment
      }
    }
  }
}
