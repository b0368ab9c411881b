import ArgumentParser
import Foundation

/// A word of the command line that is not a command or an option of the program, with the word that was probably meant.
struct CommandMistake {
  /// The message for the user, without "Error:".
  let message: String

  /// Finds the first such word; nil if every command and every option is known.
  init?(in arguments: [String]) {
    guard var command = CommandOutline.program else { return nil }
    var path = [command.commandName]
    for word in arguments.prefix(while: { $0 != "--" }) where word != "help" {
      if word.hasPrefix("--") {
        let option = String(word.prefix { $0 != "=" })
        if command.options.contains(option) { continue }
        let help = "`\(path.joined(separator: " ")) --help` lists the options"
        message = "unknown option '\(option)'; " + (Self.question(option, command.shownOptions) ?? help)
        return
      }
      guard !word.hasPrefix("-"), !command.commands.isEmpty else { continue }
      guard let inner = command.commands.first(where: { $0.commandName == word }) else {
        let names = command.commands.map(\.commandName)
        let list = "the commands are \(names.joined(separator: ", "))"
        message = "unknown command '\(word)'; " + (Self.question(word, names) ?? list)
        return
      }
      command = inner
      path.append(word)
    }
    return nil
  }

  private static func question(_ word: String, _ names: [String]) -> String? {
    let similar = similar(to: word, among: names)
    return similar.isEmpty ? nil : "did you mean \(similar.map { "'\($0)'" }.joined(separator: " or "))?"
  }

  /// Returns the names that begin with the word, or else those with the fewest different letters, at most a third of
  /// them.
  private static func similar(to word: String, among names: [String]) -> [String] {
    let longer = word.count >= 3 ? names.filter { $0.hasPrefix(word) } : []
    if !longer.isEmpty { return longer }
    let letters = word.drop { $0 == "-" }
    let distances = names.map { (name: $0, distance: distance(Array(letters), Array($0.drop { $0 == "-" }))) }
    guard let least = distances.map(\.distance).min(), least <= max(1, (letters.count + 1) / 3) else { return [] }
    return distances.filter { $0.distance == least }.map(\.name)
  }

  /// Returns the number of letters to insert, delete, replace, or swap with their neighbor.
  private static func distance(_ first: [Character], _ second: [Character]) -> Int {
    var rows = [Array(0...second.count)]
    for i in first.indices {
      var row = [i + 1]
      for j in second.indices {
        var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (first[i] == second[j] ? 0 : 1))
        if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
          least = min(least, rows[i - 1][j - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[first.count][second.count]
  }
}

/// A command with its subcommands and options, as ArgumentParser describes them.
private struct CommandOutline: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String
    }

    let names: [Name]?
    let shouldDisplay: Bool
  }

  private struct Tool: Decodable { let command: CommandOutline }

  let commandName: String
  private let subcommands: [CommandOutline]?
  private let arguments: [Argument]?

  /// The description; nil if ArgumentParser has changed its form.
  static var program: CommandOutline? {
    try? JSONDecoder().decode(Tool.self, from: Data(StravaStore._dumpHelp().utf8)).command
  }

  var commands: [CommandOutline] { (subcommands ?? []).filter { $0.commandName != "help" } }
  /// All long options, with `--`.
  var options: [String] { names { _ in true } + ["--help", "--help-hidden", "--version", "--experimental-dump-help"] }
  /// The options that the help shows.
  var shownOptions: [String] { names(\.shouldDisplay) }

  private func names(_ condition: (Argument) -> Bool) -> [String] {
    (arguments ?? []).filter(condition).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map { "--\($0.name)" }
  }
}
